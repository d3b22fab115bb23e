// The change feed as it goes on, into the same cards as the list.
import { graphql } from "relay-runtime";

export const feed = graphql`
  subscription SignalFeedSubscription($after: String) {
    signalChanged(after: $after) {
      __typename
      ... on ChangePage {
        endCursor
        items {
          removed
          signal {
            ...SignalCard_signal
          }
        }
      }
      ... on ResyncRequired {
        startCursor
      }
    }
  }
`;

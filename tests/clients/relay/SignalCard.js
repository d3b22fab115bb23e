// One signal, which can be asked for again by itself, with more of what hangs together with it.
import { graphql } from "relay-runtime";

// `useRefetchableFragment`: the compiler finds the signal again by `node(id:)`.
export const card = graphql`
  fragment SignalCard_signal on Signal
  @argumentDefinitions(links: { type: "Boolean", defaultValue: false }, depth: { type: "Int", defaultValue: 1 })
  @refetchable(queryName: "SignalCardRefetchQuery") {
    type
    maskedValue
    severity
    feedbackSummary {
      opinion
    }
    contributors {
      name
    }
    network(depth: $depth, limit: 20) @include(if: $links) {
      truncated
      nodes {
        id
        maskedValue
      }
    }
  }
`;

export const node = graphql`
  query SignalCardQuery($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Signal {
        ...SignalCard_signal @alias(as: "card") @arguments(links: true, depth: 2)
      }
    }
  }
`;

// The result is one of several types, each with what it alone can say.
export const outcome = graphql`
  mutation SignalCardOutcomeMutation($input: RecordFeedbackInput!) {
    recordFeedback(input: $input) {
      __typename
      ... on RecordFeedbackPayload {
        created
        rows {
          outcome
          problem {
            reason
            message
          }
          feedback {
            verdict
            signal {
              ...SignalCard_signal
            }
          }
        }
      }
      ... on InvalidInput {
        field
        reason
      }
      ... on Problem {
        code
        message
      }
    }
  }
`;

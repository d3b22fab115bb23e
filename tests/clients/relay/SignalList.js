// A list of signals that loads further pages, as a page of a partner's tool shows it.
import { graphql } from "relay-runtime";

export const query = graphql`
  query SignalListQuery($filter: SignalFilterInput) {
    ...SignalList_signals @arguments(filter: $filter, first: 2)
  }
`;

// For `usePaginationFragment`: the compiler writes the query of further pages from it.
export const signals = graphql`
  fragment SignalList_signals on Query
  @argumentDefinitions(
    filter: { type: "SignalFilterInput" }
    first: { type: "Int", defaultValue: 50 }
    after: { type: "String" }
  )
  @refetchable(queryName: "SignalListPaginationQuery") {
    signals(filter: $filter, first: $first, after: $after) @connection(key: "SignalList_signals", filters: ["filter"]) {
      edges {
        node {
          id
          ...SignalCard_signal
        }
      }
    }
  }
`;

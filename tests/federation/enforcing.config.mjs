// A gateway that also checks tokens itself, by the exchange's public keys, and the scopes that the supergraph asks for;
// and that follows the exchange over WebSockets, not by server-sent events, which need no words of its configuration.

import { createRemoteJwksSigningKeyProvider, defineConfig } from "@graphql-hive/gateway";
import { gatewayConfig as forwarding } from "./forwarding.config.mjs";

const exchange = process.env.EXCHANGE;

export const gatewayConfig = defineConfig({
  ...forwarding,
  jwt: {
    signingKeyProviders: [createRemoteJwksSigningKeyProvider({ jwksUri: `${exchange}/oauth/jwks` })],
    tokenVerification: { algorithms: ["ES256"], issuer: exchange, audience: `${exchange}/graphql` },
    forward: { payload: false },
  },
  transportEntries: {
    exchange: {
      options: {
        subscriptions: {
          kind: "ws",
          options: { connectionParams: { Authorization: "{context.headers.authorization}" } },
        },
      },
    },
  },
  genericAuth: { mode: "protect-granular", resolveUserFn: (context) => context.jwt?.payload },
});

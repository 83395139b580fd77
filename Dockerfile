# syntax=docker/dockerfile:1
# One image for every role: what a container does is said by its settings (docs/operations.md).
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json vite.config.ts ./
COPY scripts scripts
COPY prisma prisma
COPY schema schema
COPY subscriptions subscriptions
COPY rest-adapter rest-adapter
COPY sandbox sandbox
COPY src src
COPY web web
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
# Nothing is written but below /tmp: the root may be read-only. The database is a service of its own.
ENV NODE_ENV=production BIND=0.0.0.0 DATA_DIR=/tmp/avopay
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/web/dist web/dist
COPY --from=build /app/prisma/migrations prisma/migrations
USER node
EXPOSE 4000 9100
STOPSIGNAL SIGTERM
CMD ["node", "--enable-source-maps", "--max-semi-space-size=8", "--v8-pool-size=0", "dist/main.js"]

# syntax=docker/dockerfile:1
# Tidemark as an image: the service runs as a user without rights, keeps everything below /data, and listens on port 7420.
#
#     docker build -t tidemark .
#     docker run --rm -p 127.0.0.1:7420:7420 -v tidemark:/data -v ./keys.json:/etc/tidemark/keys.json:ro tidemark

ARG NODE=node:22.21.1-bookworm-slim

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && find dist -name '*.map' -delete && rm -f dist/.tsbuildinfo

FROM ${NODE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The client of Qdrant asks for a compiler beside it, which no running program needs: a third of all that is installed.
RUN npm ci --omit=dev --no-audit --no-fund && rm -rf node_modules/typescript node_modules/@typescript node_modules/.bin/tsc

FROM ${NODE}
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=7420 \
    LOG_URL=file:/data/log \
    AUTH=keys:/etc/tidemark/keys.json
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY prompts prompts
COPY package.json LICENSE ./
COPY scripts/compose scripts/compose
RUN ln -s /app/dist/src/main.js /usr/local/bin/tidemark && mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 7420
STOPSIGNAL SIGTERM
# Whether it can answer, not only whether it runs: /livez says that.
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tidemark"]
CMD ["serve"]

# One image for web, worker, beat and commands; docker-compose.yml runs them.

FROM node:22.12.0-bookworm-slim AS vendor
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY registration/vendor.mjs registration/
RUN npm run vendor

FROM python:3.11.11-slim-bookworm AS packages
WORKDIR /app
RUN python -m venv .venv
COPY requirements/build.txt requirements/run.txt requirements/
RUN .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt -r requirements/run.txt
COPY pyproject.toml README.md LICENSE wsgi.py ./
COPY registration registration
COPY tasks tasks
COPY templates templates
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e . \
  && .venv/bin/pybabel compile -d registration/translations
# Servers run as python -OO, and cannot keep compiled files here themselves.
RUN .venv/bin/python -OO -m compileall -qq .venv/lib registration tasks wsgi.py || true

FROM python:3.11.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin einlass \
  && install -d -o einlass -g einlass -m 0750 /data
WORKDIR /app
COPY --from=packages /app /app
COPY --from=vendor /app/registration/static/vendor registration/static/vendor
ENV PATH=/app/.venv/bin:$PATH \
  PYTHONUNBUFFERED=1 \
  EINLASS_DATA_DIR=/data
VOLUME /data
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/livez', timeout=4)"]
CMD ["einlass", "serve", "--host", "0.0.0.0"]

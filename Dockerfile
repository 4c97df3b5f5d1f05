FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY sources ./sources
COPY dashboard ./dashboard
RUN pip install --constraint constraints.txt '.[parquet]' \
    && rm -rf sources dashboard \
    && useradd --system --uid 10001 --no-create-home dashboard

USER dashboard

# A container is reached from outside: on this HOST the dashboard asks for API_TOKEN, or makes a
# token at start and logs the address to open.
ENV HOST=0.0.0.0 \
    PORT=8000
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=2)"]

CMD ["python", "-m", "dashboard"]

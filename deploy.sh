#!/usr/bin/env bash
# Starts the dashboard on this machine, or deploys it to Google Cloud Run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'END'
usage: ./deploy.sh local|staging|production [--dry-run] [--yes]

  local       dashboard and Redis on this machine, by Docker Compose
  staging     build, push and deploy to Cloud Run as event-dashboard-staging
  production  the same as event-dashboard; asks first, and wants a clean tree and a token

  --dry-run   print the commands, run none
  --yes       do not ask before production

staging and production take from the environment:
  PROJECT          the Google Cloud project (needed)
  REGION           its region, as europe-west1 (needed)
  IMAGE            the image without a tag
                   (default: REGION-docker.pkg.dev/PROJECT/event-dashboard/event-dashboard)
  API_TOKEN        the token of everyone who enters; production needs it, or ALLOW_ANONYMOUS=true
  ALLOW_ANONYMOUS  true lets everyone in
  REDIS_URL        the shared Redis; without it there is one instance, which forgets at each deploy
  MAX_INSTANCES    how many instances may run where there is a Redis (default: 4)
END
}

fail() {
    echo "deploy.sh: $1" >&2
    exit "${2:-1}"
}

run() {
    if $dry_run; then
        printf '%q' "$1"
        printf ' %q' "${@:2}"
        echo
    else
        "$@"
    fi
}

need_program() {
    $dry_run || command -v "$1" >/dev/null || fail "$1 is missing: $2"
}

need_variable() {
    [ -n "${!1:-}" ] || fail "$1 is not set: $2"
}

is_dirty() {
    [ -n "$(git status --porcelain)" ]
}

check_production() {
    if is_dirty; then
        fail "the working tree has changes that are not committed: production gets commits only"
    fi
    if [ -z "${API_TOKEN:-}" ] && [ "${ALLOW_ANONYMOUS:-}" != true ]; then
        fail "API_TOKEN is not set: set it, or ALLOW_ANONYMOUS=true to let everyone in"
    fi
}

confirm_production() {
    if $assume_yes || $dry_run; then
        return
    fi
    [ -t 0 ] || fail "production is confirmed at a terminal, or by --yes"
    read -r -p "Deploy $1 to production in $PROJECT? [y/N] " answer
    [ "$answer" = y ] || fail "nothing was deployed"
}

# Settings go by a file that only we can read: arguments are seen by every process of the machine.
write_settings() {
    local name
    for name in API_TOKEN ALLOW_ANONYMOUS REDIS_URL; do
        [ -z "${!name:-}" ] || printf "%s: '%s'\n" "$name" "${!name//\'/\'\'}"
    done
    echo "LOG_FORMAT: 'json'"
}

deploy_local() {
    need_program docker "install Docker, with its compose plugin"
    run docker compose up --build
}

# shellcheck disable=SC2329 # called by the trap
remove_settings() {
    rm -f "$settings"
}

deploy_cloud_run() {
    local service=$1
    need_program docker "install Docker"
    need_program gcloud "install the Google Cloud CLI"
    need_variable PROJECT "name the Google Cloud project"
    need_variable REGION "name the region, as europe-west1"
    if [ "$target" = production ]; then check_production; fi

    local tag image instances=1
    tag=$(git rev-parse --short=12 HEAD)
    if is_dirty; then tag+=-dirty; fi
    image="${IMAGE:-$REGION-docker.pkg.dev/$PROJECT/event-dashboard/event-dashboard}:$tag"
    # Without a Redis each instance would have a log of its own.
    if [ -n "${REDIS_URL:-}" ]; then instances=${MAX_INSTANCES:-4}; fi
    if [ "$target" = production ]; then confirm_production "$image"; fi

    settings=settings.yaml
    if ! $dry_run; then
        settings=$(mktemp)
        trap remove_settings EXIT
        write_settings >"$settings"
    fi

    run docker build --platform linux/amd64 --tag "$image" .
    run docker push "$image"
    # One connection is one request that lasts; readers are served between requests too.
    run gcloud run deploy "$service" \
        --image "$image" --project "$PROJECT" --region "$REGION" \
        --env-vars-file "$settings" \
        --port 8000 --timeout 3600 --concurrency 250 --no-cpu-throttling --session-affinity \
        --min-instances 1 --max-instances "$instances" --memory 512Mi \
        --allow-unauthenticated --quiet
}

target=
dry_run=false
assume_yes=false
for argument in "$@"; do
    case $argument in
        local | staging | production)
            [ -z "$target" ] || fail "one target at a time: $target or $argument" 2
            target=$argument
            ;;
        --dry-run) dry_run=true ;;
        --yes) assume_yes=true ;;
        -h | --help)
            usage
            exit
            ;;
        *) fail "unknown argument '$argument'; known are local, staging, production, --dry-run, --yes" 2 ;;
    esac
done

case $target in
    local) deploy_local ;;
    staging) deploy_cloud_run event-dashboard-staging ;;
    production) deploy_cloud_run event-dashboard ;;
    *)
        usage >&2
        exit 2
        ;;
esac

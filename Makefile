# Everything that is done with a clone of kdmq. It needs make, Node.js 20 or later with npm, and for the tests Debian 12 and root.
# Node 24 is brought into toolchain/ from the npm registry, pinned by its lock file; every step below runs under it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

machine := $(shell uname -m)
node_folder := toolchain/node_modules/node-linux-$(if $(filter aarch64 arm64,$(machine)),arm64,x64)
export PATH := $(CURDIR)/$(node_folder)/bin:$(CURDIR)/node_modules/.bin:$(PATH):/usr/sbin:/sbin

npm_ci := npm ci --no-audit --no-fund --loglevel=error

.PHONY: help deps tools build check format types layers unused licences test pictures simulate chaos-queue check-api demo bench clean image chart cluster cluster-down e2e kube-demo kube-demo-down

help: ## Print these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

deps: node_modules/.installed ## Install Node 24 and the npm packages into this folder

toolchain/node_modules/.installed: toolchain/package-lock.json
	$(npm_ci) --prefix toolchain
	@touch $@

node_modules/.installed: package-lock.json toolchain/node_modules/.installed
	@node -e 'process.exit(parseInt(process.versions.node) < 24 ? 1 : 0)' || \
	  { echo 'kdmq is built with Node.js 24: no build of it for $(machine) is in toolchain/, so install it yourself' >&2; exit 1; }
	$(npm_ci)
	@touch $@

tools: ## Install what the tests talk to: Kamailio 5.6 and 6.1, Redis, SIPp (Debian 12, root)
	@test/install

build: deps ## Compile src/ to dist/, which bin/kdmq runs, and web/ to dist/web, the dashboard
	@rm -rf dist
	tsc -p tsconfig.build.json
	vite build --config web/vite.config.ts --logLevel warn

check: deps format types layers unused licences ## All checks that need no running node, under a minute

format: deps
	biome check --error-on-warnings

# web/ runs in a browser: its types are those of a page.
types: deps
	@status=0; for project in tsconfig.json web/tsconfig.json; do tsc -p $$project || status=1; done; exit $$status

layers: deps
	@node test/project/layers.ts

unused: deps
	knip --treat-config-hints-as-errors

licences: deps
	@node test/project/licences.ts

# The closing line "N passed, N failed, N skipped" is printed by test/closing-line.ts as the process's last act.
test: deps tools ## make check, then every test; the last line says how many passed, failed and were skipped
	@status=0; \
	$(MAKE) --keep-going --no-print-directory check || status=1; \
	vitest run --project parallel --project beside --project alone --coverage || status=1; \
	exit $$status

pictures: deps tools ## Make the pictures of docs/dashboard.md anew: BUSY_SECONDS=60
	@BUSY_SECONDS='$(or $(BUSY_SECONDS),60)' node test/dashboard/main.ts

simulate: deps ## A bus of 1,000 nodes on a virtual network (some minutes)
	vitest run --project long

chaos-queue: deps tools ## Queues whose processes and stores are killed at random: ROUNDS=1000, SEED= and STORES= (half an hour)
	@ROUNDS='$(ROUNDS)' SEED='$(SEED)' STORES='$(STORES)' node test/chaos-queue/main.ts

# In a network of its own: the requests name addresses, and nothing may reach them.
schemathesis := 4.32.5
check-api: deps ## Make requests out of the OpenAPI document, right and wrong ones, and look at the answers: CHECK_SECONDS=120, SEED= (Python, root)
	@folder=.cache/schemathesis-$(schemathesis); \
	[ -x $$folder/bin/schemathesis ] || { python3 -m venv $$folder && $$folder/bin/pip install -q --disable-pip-version-check schemathesis==$(schemathesis); } || \
	  { rm -rf $$folder; echo 'make check-api needs python3 with venv (on Debian python3-venv) and PyPI' >&2; exit 1; }; \
	SCHEMATHESIS=$$PWD/$$folder/bin/schemathesis CHECK_SECONDS='$(CHECK_SECONDS)' SEED='$(SEED)' \
	  unshare --net sh -c 'ip link set lo up && exec node test/check-api/main.ts'

demo: deps tools ## Show a bus at work in under a minute; KEEP=1 leaves it running
	@KEEP='$(KEEP)' node test/demo/main.ts

bench: deps tools ## Measure messages and queues against Kamailio and redis-benchmark on this machine (minutes)
	@test/install bench
	@status=0; node test/bench/main.ts || status=1; node test/queue-bench/main.ts || status=1; exit $$status

# Two builds of one commit on one base have the same digest with buildah (not with its --layers: what it keeps has the time
# of an earlier build). Its format of images knows no HEALTHCHECK, it says so; in docker's format it would note random
# names. With docker the times of three folders differ; an exporter of BuildKit with rewrite-timestamp=true rewrites them.
version := $(shell sed -n 's/^  "version": "\(.*\)",$$/\1/p' package.json)
image_revision = $(shell git rev-parse HEAD 2> /dev/null || echo unknown)$(shell git diff --quiet HEAD 2> /dev/null || echo -changed)
image_time = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2> /dev/null),0)
image_arguments = --build-arg VERSION=$(version) --build-arg REVISION=$(image_revision) --build-arg SOURCE_DATE_EPOCH=$(image_time) \
  $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE))
buildah_arguments = --timestamp $(image_time) $(image_arguments)

image: ## Build an image, IMAGE= names it, on BASE_IMAGE=: with docker (also PLATFORM=linux/arm64), or else with buildah
	@set -- --tag '$(or $(IMAGE),localhost/kdmq:$(version))'; \
	if docker info > /dev/null 2>&1; then DOCKER_BUILDKIT=1 docker build "$$@" $(if $(PLATFORM),--platform $(PLATFORM)) $(image_arguments) .; \
	elif [ -n '$(PLATFORM)' ]; then echo 'make image needs docker for another platform' >&2; exit 1; \
	elif command -v buildah > /dev/null; then buildah build "$$@" $(buildah_arguments) .; \
	else echo 'make image needs a docker that answers, or buildah' >&2; exit 1; fi

chart: deps ## Make anew what is made from values, settings and templates: README and schema of the chart, manifests/
	@node test/project/chart-reference.ts
	@node test/project/manifests.ts

cluster: ## Start a Kubernetes of one node for tests on this machine (Debian 12, root; a quarter of an hour the first time)
	@test/cluster/up

cluster-down: ## Stop it
	@test/cluster/down

e2e: deps ## The tests on a Kubernetes: that of KUBECONFIG, which can pull IMAGE, else `make cluster`
	@IMAGE='$(IMAGE)' test/e2e/run $(buildah_arguments)

kube-demo: deps ## Show a bus on Kubernetes: on CONTEXT= of kubectl (kind, minikube, or with IMAGE=), else on `make cluster`
	@CONTEXT='$(CONTEXT)' IMAGE='$(IMAGE)' KAMAILIO_IMAGE='$(KAMAILIO_IMAGE)' node test/kube-demo/main.ts

kube-demo-down: deps ## Remove what it left running
	@CONTEXT='$(CONTEXT)' node test/kube-demo/main.ts down

clean: ## Remove what the other targets made in this folder
	rm -rf dist coverage node_modules toolchain/node_modules

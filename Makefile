.PHONY: help setup demo test test-gateway test-ha test-browser test-fleet test-cluster hil target check bench sbom lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## install what is missing and make .venv
	@scripts/setup

demo: setup  ## hear a recorded command go through the whole speaker
	@scripts/demo

test: setup  ## run every test
	@scripts/test

test-gateway: setup  ## try the gateway with other engines that answer behind it
	@PARLOR_TEST_GATEWAY=1 scripts/test tests/gateway

test-ha: setup  ## try everything with a real Home Assistant (root)
	@scripts/test-ha

test-browser: setup  ## talk with the gateway's page in Chromium; pictures under out/browser/
	@scripts/test-browser

test-fleet: setup  ## provision, boot, update and roll back Debian roots (root)
	@scripts/test-fleet

test-cluster: setup  ## let replicas and gateways die under load on a Ray cluster on this machine
	@scripts/test-cluster

hil: setup  ## play the scenarios to a speaker through sound devices, or a virtual card (docs/hil.md)
	@scripts/hil

target:  ## try a fresh clone in fresh roots of Debian 12 and 13 (root); scripts/target debian13 --suite runs every test there
	@scripts/target debian12
	@scripts/target debian13

check: setup  ## format, lint, types, layers
	@scripts/check

bench: setup  ## measure everything, quickly
	@scripts/bench

sbom: setup  ## write what a release is made of, with licences, into dist/
	@scripts/sbom

lock:  ## resolve the dependencies anew into locks/
	@scripts/lock

clean:  ## remove what setup and the tools made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis out dist

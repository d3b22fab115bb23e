#!/bin/sh
# Runs once, in an empty PostgreSQL: makes the database and its owner, who is not the superuser.

set -eu
psql --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres --set=password="$(cat /run/secrets/owner_password)" <<'SQL'
CREATE ROLE lantern_owner LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE lantern OWNER lantern_owner;
REVOKE TEMPORARY ON DATABASE lantern FROM PUBLIC;
SQL

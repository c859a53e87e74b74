-- +goose Up
-- Sign-ins that failed, by hour, account and rough network, until their numbers are told in the trail. The account is empty where there is none.
CREATE TABLE audit_failures (
    hour        TIMESTAMPTZ NOT NULL,
    account     TEXT NOT NULL,
    network     TEXT NOT NULL,
    institution TEXT NOT NULL,
    n           BIGINT NOT NULL,
    PRIMARY KEY (hour, account, network)
);

package dev.keytrail.identity.directory;

import dev.keytrail.call.Secret;

/** An access key just made: its row, and the secret that is shown this once. */
public record NewAccessKey(AccessKey row, Secret secret) {}

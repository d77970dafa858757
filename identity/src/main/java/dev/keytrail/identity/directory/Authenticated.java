package dev.keytrail.identity.directory;

import dev.keytrail.call.Caller;
import dev.keytrail.identity.sigv4.PayloadPromise;

/**
 * A request whose caller is proven.
 *
 * @param region the Region of the call: that of the credential scope, for IAM always {@code us-east-1}
 * @param payload what is left to check of the body
 */
public record Authenticated(Caller caller, String region, PayloadPromise payload) {}

package dev.keytrail.policy;

import dev.keytrail.call.Call;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;

/** The {@code aws:*} condition keys that every call has (identity.md section 6). */
public final class CallerContext {
    private CallerContext() {}

    /** A builder that already holds the caller's keys; the service adds its own. */
    public static ConditionContext.Builder of(Call call) {
        ConditionContext.Builder context = ConditionContext.builder();
        Principal principal = call.caller().principal();
        context.put("aws:userid", principal.id());
        context.put("aws:PrincipalAccount", principal.account());
        context.put("aws:RequestedRegion", call.region());
        context.put("aws:CurrentTime", call.receivedAt().toString());
        context.put("aws:EpochTime", call.receivedAt().getEpochSecond());
        Origin origin = call.origin();
        context.put("aws:SecureTransport", origin.tls().isPresent());
        context.put("aws:UserAgent", origin.userAgent());
        return context;
    }
}

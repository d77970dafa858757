package dev.keytrail.server;

import dev.keytrail.call.Call;

/** Asked once for each request of an account, after its input is read and before anything is decided. */
@FunctionalInterface
interface Admission {
    /** @throws dev.keytrail.call.Refused when the account calls too often */
    void admit(Call call, Object input);
}

package dev.keytrail.audit;

import dev.keytrail.call.Call;
import dev.keytrail.call.Service;
import java.util.Set;

/**
 * The records of sign-in that are not API calls (cloudtrail.md K): {@code AwsConsoleSignIn}, without a request id, and
 * failures with a text but no code.
 */
final class SignInEvents {
    private static final Set<String> NAMES = Set.of("ConsoleLogin", "CheckMfa", "GetSigninToken", "SwitchRole");

    private SignInEvents() {}

    static boolean covers(Call call) {
        return call.service() == Service.SIGNIN && NAMES.contains(call.operation());
    }
}

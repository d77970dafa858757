package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.Regions;
import dev.keytrail.identity.op.SignIn;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One request of sign-in, as the gate sees it. */
abstract class SignInCase implements Case<SignInCase.Answered> {
    private static final Pattern REGIONAL_HOST = Pattern.compile("([a-z0-9-]{1,32})\\.signin\\..*");
    static final String GLOBAL_REGION = "us-east-1";

    final HttpRequest http;
    private final String operation;
    private final boolean readOnly;

    /** @param readOnly whether CloudTrail counts it as reading */
    SignInCase(HttpRequest http, String operation, boolean readOnly) {
        this.http = http;
        this.operation = operation;
        this.readOnly = readOnly;
    }

    /**
     * Either the reply or the refusal.
     *
     * @param requestId it goes out under
     * @param index of its record in the log; empty if the ledger could not be written
     */
    record Answered(Optional<SignIn.Reply> reply, Optional<ApiError> error, String requestId, Optional<Long> index) {}

    @Override
    public String operation() {
        return operation;
    }

    @Override
    public Service service() {
        return Service.SIGNIN;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public Origin origin() {
        return Signed.origin(http);
    }

    @Override
    public Identified identify(State state, Instant now) {
        return new Identified(Caller.NOBODY, region(http));
    }

    abstract Effect<SignIn.Reply> answer(Attempt attempt);

    @Override
    public Decided<Answered> decide(Attempt attempt) {
        Effect<SignIn.Reply> effect = answer(attempt);
        return new Decided<>(
                new Answered(
                        Optional.of(effect.reply()),
                        Optional.empty(),
                        attempt.call().requestId(),
                        Optional.empty()),
                effect);
    }

    @Override
    public Answered recorded(Answered answered, long index) {
        return new Answered(answered.reply(), answered.error(), answered.requestId(), Optional.of(index));
    }

    @Override
    public Optional<Facts> requestParameters() {
        return Optional.empty();
    }

    @Override
    public Answered refuse(ApiError error, String requestId) {
        return new Answered(Optional.empty(), Optional.of(error), requestId, Optional.empty());
    }

    @Override
    public ApiError fault() {
        return ApiError.of("InternalFailure", 500, "The request failed for an internal reason. Try again.");
    }

    static String region(HttpRequest http) {
        Matcher regional = REGIONAL_HOST.matcher(http.header("host").orElse(""));
        return regional.matches() && Regions.isValid(regional.group(1)) ? regional.group(1) : GLOBAL_REGION;
    }
}

package dev.keytrail.policy;

import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code aws:*} condition keys that follow from a call alone (identity.md section 6). Keys that hang on the resource
 * or the request ({@code aws:ResourceTag/*}, {@code aws:RequestTag/*}, {@code aws:SourceArn} ...) are the service's.
 */
public final class CallerContext {
    private static final String PRINCIPAL_TAG = "aws:principaltag/";

    private CallerContext() {}

    /** A builder that already answers the caller's keys; the service adds its own, which win over these. */
    public static ConditionContext.Builder of(Call call) {
        return ConditionContext.builder(call);
    }

    /** {@code key} in lower case. */
    static Optional<List<String>> get(Call call, String key) {
        if (key.startsWith(PRINCIPAL_TAG)) {
            return tag(call.caller(), key.substring(PRINCIPAL_TAG.length())).map(List::of);
        }
        if (key.equals("aws:calledvia")) {
            return via(call.caller()).map(List::of);
        }
        return single(call, key).map(List::of);
    }

    private static Optional<String> single(Call call, String key) {
        Caller caller = call.caller();
        Principal principal = caller.principal();
        Optional<Session> session = caller.session();
        return switch (key) {
            case "aws:principalarn" -> principalArn(principal);
            case "aws:principalaccount" -> principal.account();
            case "aws:principaltype" -> type(principal);
            case "aws:userid" -> userId(principal);
            case "aws:username" ->
                principal instanceof Principal.User user ? Optional.of(user.name()) : Optional.empty();
            case "aws:principalisawsservice" -> text(principal instanceof Principal.ServicePrincipal);
            case "aws:principalservicename" ->
                principal instanceof Principal.ServicePrincipal(String name) ? Optional.of(name) : Optional.empty();
            // An address inside a VPC says nothing in the world outside, so it has a key of its own.
            case "aws:sourceip" ->
                byService(caller) || call.origin().endpoint().isPresent()
                        ? Optional.empty()
                        : Optional.of(call.origin().sourceIp());
            case "aws:vpcsourceip" -> endpoint(call).map(_ -> call.origin().sourceIp());
            case "aws:sourcevpce" -> endpoint(call).map(Origin.Endpoint::id);
            case "aws:sourcevpc" -> endpoint(call).map(Origin.Endpoint::vpc);
            case "aws:vpceaccount" -> endpoint(call).map(Origin.Endpoint::account);
            // What a service of the house asks for never crosses a network, so it counts as secure.
            case "aws:securetransport" ->
                text(byService(caller) || call.origin().tls().isPresent());
            case "aws:useragent" -> call.origin().userAgent();
            case "aws:currenttime" -> Optional.of(call.receivedAt().toString());
            case "aws:epochtime" -> Optional.of(Long.toString(call.receivedAt().getEpochSecond()));
            case "aws:requestedregion" -> Optional.of(call.region());
            case "aws:tokenissuetime" -> session.map(s -> s.issuedAt().toString());
            case "aws:multifactorauthpresent" -> session.map(s -> Boolean.toString(s.mfaAuthenticated()));
            case "aws:multifactorauthage" ->
                session.filter(Session::mfaAuthenticated).map(s -> secondsSince(s.issuedAt(), call.receivedAt()));
            case "aws:sourcearn" -> caller.source().map(Caller.Source::arn);
            case "aws:sourceaccount" -> caller.source().map(Caller.Source::account);
            case "aws:sourceidentity" -> session.flatMap(Session::sourceIdentity);
            case "aws:federatedprovider" -> session.flatMap(Session::federatedProvider);
            case "aws:viaawsservice" -> text(via(caller).isPresent());
            case "aws:calledviafirst", "aws:calledvialast" -> via(caller);
            default -> Optional.empty();
        };
    }

    private static Optional<Origin.Endpoint> endpoint(Call call) {
        return byService(call.caller()) ? Optional.empty() : call.origin().endpoint();
    }

    private static Optional<String> text(boolean value) {
        return Optional.of(Boolean.toString(value));
    }

    private static String secondsSince(Instant then, Instant now) {
        return Long.toString(Math.max(0, Duration.between(then, now).toSeconds()));
    }

    private static boolean byService(Caller caller) {
        return caller.invokedBy().isPresent() || caller.principal() instanceof Principal.ServicePrincipal;
    }

    /** The service that passes on a principal's own call; empty for direct calls and for services acting by themselves. */
    private static Optional<String> via(Caller caller) {
        return caller.principal() instanceof Principal.ServicePrincipal ? Optional.empty() : caller.invokedBy();
    }

    private static Optional<String> principalArn(Principal principal) {
        return switch (principal) {
            case Principal.Root root -> Optional.of(root.arn());
            case Principal.User user -> Optional.of(user.arn());
            case Principal.RoleSession session -> Optional.of(session.roleArn());
            case Principal.FederatedUser federated -> Optional.of(federated.arn());
            case Principal.ProviderUser _, Principal.Claimed _, Principal.ServicePrincipal _, Principal.Nobody _ ->
                Optional.empty();
        };
    }

    private static Optional<String> type(Principal principal) {
        return switch (principal) {
            case Principal.Root _ -> Optional.of("Account");
            case Principal.User _ -> Optional.of("User");
            case Principal.RoleSession _ -> Optional.of("AssumedRole");
            case Principal.FederatedUser _ -> Optional.of("FederatedUser");
            case Principal.Nobody _ -> Optional.of("Anonymous");
            case Principal.ProviderUser _, Principal.Claimed _, Principal.ServicePrincipal _ -> Optional.empty();
        };
    }

    private static Optional<String> userId(Principal principal) {
        return switch (principal) {
            case Principal.Nobody _ -> Optional.of("anonymous");
            case Principal.ProviderUser _, Principal.Claimed _, Principal.ServicePrincipal _ -> Optional.empty();
            case Principal.Root _, Principal.User _, Principal.RoleSession _, Principal.FederatedUser _ ->
                Optional.of(principal.id());
        };
    }

    private static Optional<String> tag(Caller caller, String key) {
        return caller.session().map(Session::tags).flatMap(tags -> withoutCase(tags, key));
    }

    /** Tag keys compare without case. */
    static Optional<String> withoutCase(Map<String, String> tags, String key) {
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            if (tag.getKey().equalsIgnoreCase(key)) {
                return Optional.of(tag.getValue());
            }
        }
        return Optional.empty();
    }
}

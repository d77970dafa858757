package dev.keytrail.policy;

import dev.keytrail.call.Arn;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads one Principal or NotPrincipal element. */
final class PrincipalReader {
    private static final Pattern ACCOUNT = Pattern.compile("[0-9]{12}");
    /** A user's or role's unique id; a role's may name a session. */
    private static final Pattern UNIQUE_ID =
            Pattern.compile("AIDA[0-9A-Z]{4,124}|AROA[0-9A-Z]{4,124}(:[\\w+=,.@-]{2,64})?");

    private static final Pattern IAM_RESOURCE = Pattern.compile("(?:user|role)/[\\x21-\\x7E]+");
    private static final Pattern STS_RESOURCE =
            Pattern.compile("assumed-role/[\\w+=,.@-]+/[\\w+=,.@-]+|federated-user/[\\w+=,.@-]+");
    private static final Pattern SERVICE = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)+");
    private static final Pattern CANONICAL_USER = Pattern.compile("[0-9a-f]{64}");

    private final Policy.Kind kind;
    private final boolean not;
    private final Set<String> awsNames = new HashSet<>();
    private final Set<String> accounts = new HashSet<>();
    private final Set<String> names = new HashSet<>();
    private final Set<String> services = new HashSet<>();
    private final Set<String> federated = new HashSet<>();
    private boolean everybody;

    PrincipalReader(Policy.Kind kind, boolean not) {
        this.kind = kind;
        this.not = not;
    }

    /** @throws MalformedPolicy on anything that is no principal */
    Principals read(Json element) {
        switch (element) {
            case Json.Text(String text) when text.equals("*") -> everybody = true;
            case Json.Obj(Map<String, Json> types)
            when !types.isEmpty() ->
                types.forEach((type, values) ->
                        PolicyParser.texts(values, type, "Principal").forEach(value -> add(type, value)));
            case Json.Text(String text) -> throw invalid("STAR", text);
            case Json.Obj _, Json.Arr _, Json.Scalar _, Json.Nothing _ ->
                throw new MalformedPolicy("Syntax errors in policy: a principal must be \"*\" or an object of AWS,"
                        + " Service, Federated or CanonicalUser.");
        }
        return new Principals(not, everybody, accounts, names, services, federated);
    }

    /** What stood under AWS, but for stars. */
    Set<String> awsNames() {
        return awsNames;
    }

    private void add(String type, String value) {
        switch (type) {
            case "AWS" -> addAws(value);
            case "Service" -> {
                require(SERVICE.matcher(value).matches(), type, value);
                services.add(value);
            }
            case "Federated" -> {
                require(isProvider(value), type, value);
                federated.add(value);
            }
            // Accounts have no canonical user ids here, so a well-formed one names nobody.
            case "CanonicalUser" -> require(CANONICAL_USER.matcher(value).matches(), type, value);
            default -> throw invalid(type, value);
        }
    }

    private void addAws(String value) {
        if (value.equals("*")) {
            everybody = true;
            return;
        }
        awsNames.add(value);
        if (ACCOUNT.matcher(value).matches()) {
            accounts.add(value);
        } else if (UNIQUE_ID.matcher(value).matches()) {
            names.add(value);
        } else {
            Optional<Arn> arn = Arn.parse(value).filter(PrincipalReader::isPrincipal);
            require(arn.isPresent(), "AWS", value);
            if (arn.get().resource().equals("root")) {
                accounts.add(arn.get().account());
            } else {
                names.add(value);
            }
        }
    }

    private static boolean isPrincipal(Arn arn) {
        if (!arn.region().isEmpty()
                || !ACCOUNT.matcher(arn.account()).matches()
                || arn.resource().indexOf('*') >= 0
                || arn.resource().indexOf('?') >= 0) {
            return false;
        }
        return switch (arn.service()) {
            case "iam" ->
                arn.resource().equals("root")
                        || IAM_RESOURCE.matcher(arn.resource()).matches();
            case "sts" -> STS_RESOURCE.matcher(arn.resource()).matches();
            default -> false;
        };
    }

    /** A provider's ARN, or the name of one known to all, e.g. {@code accounts.google.com}. */
    private static boolean isProvider(String value) {
        return SERVICE.matcher(value).matches()
                || Arn.parse(value)
                        .filter(arn -> arn.service().equals("iam")
                                && (arn.resource().startsWith("oidc-provider/")
                                        || arn.resource().startsWith("saml-provider/")))
                        .isPresent();
    }

    private void require(boolean wellFormed, String type, String value) {
        if (!wellFormed) {
            throw invalid(type, value);
        }
    }

    private MalformedPolicy invalid(String type, String value) {
        return new MalformedPolicy(
                kind == Policy.Kind.KEY
                        ? "Policy contains a statement with one or more invalid principals."
                        : "Invalid principal in policy: \"" + Json.shown(type) + "\":\"" + Json.shown(value) + "\"");
    }
}

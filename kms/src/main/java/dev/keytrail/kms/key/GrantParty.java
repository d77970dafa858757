package dev.keytrail.kms.key;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Principal;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Grantee or retiring principal of a grant.
 *
 * @param name an ARN, or a service's name
 * @param asService given as GranteeServicePrincipal or RetiringServicePrincipal
 */
public record GrantParty(String name, boolean asService) {
    private static final Pattern ACCOUNT = Pattern.compile("[0-9]{12}");
    private static final Pattern SERVICE = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)*\\.amazonaws\\.com");

    /**
     * One principal member of a request, either of its two forms.
     *
     * @throws dev.keytrail.call.Refused ValidationException when both are given, InvalidArnException for what is no
     *     principal's ARN
     */
    public static Optional<GrantParty> of(Optional<String> principal, Optional<String> service, String member) {
        if (principal.isPresent() && service.isPresent()) {
            throw KmsErrors.invalid(
                    "Only one of " + member + "Principal and " + member + "ServicePrincipal can be specified.");
        }
        if (principal.isPresent() && !isPrincipal(principal.get())) {
            throw KmsErrors.invalidArn(principal.get());
        }
        return principal
                .map(name -> new GrantParty(name, false))
                .or(() -> service.map(name -> new GrantParty(name, true)));
    }

    /** Services of old are named where ARNs are (cloudtrail.md, events/CreateGrant.json). */
    private static boolean isPrincipal(String text) {
        if (SERVICE.matcher(text).matches()) {
            return true;
        }
        return Arn.parse(text)
                .filter(arn ->
                        arn.region().isEmpty() && ACCOUNT.matcher(arn.account()).matches() && isPrincipal(arn))
                .isPresent();
    }

    private static boolean isPrincipal(Arn arn) {
        String resource = arn.resource();
        return switch (arn.service()) {
            case "iam" -> resource.equals("root") || resource.matches("(user|role)/.*[^/]");
            case "sts" -> resource.matches("assumed-role/[^/]+/[^/]+") || resource.matches("federated-user/[^/]+");
            default -> false;
        };
    }

    /** The account that an ARN belongs to; empty for services. */
    public Optional<String> account() {
        return Arn.parse(name).map(Arn::account);
    }

    /** Under which names grants speak of the caller itself. */
    public static List<String> names(Principal caller) {
        List<String> names = new ArrayList<>();
        switch (caller) {
            case Principal.Root root -> names.add(root.arn());
            case Principal.User user -> names.add(user.arn());
            case Principal.RoleSession session -> {
                names.add(session.roleArn());
                names.add(session.arn());
            }
            case Principal.FederatedUser federated -> {
                names.add(federated.arn());
                if (federated.issuer() instanceof Principal.User user) {
                    names.add(user.arn());
                }
            }
            case Principal.ServicePrincipal service -> names.add(service.name());
            case Principal.ProviderUser _, Principal.Claimed _, Principal.Nobody _ -> {}
        }
        return names;
    }

    /** The name by which a grant leaves it to the caller's account whom to let. */
    public static Optional<String> accountName(Principal caller) {
        return caller.account().map(GrantParty::rootOf);
    }

    public static String rootOf(String account) {
        return "arn:aws:iam::" + account + ":root";
    }

    void write(RowWriter out) {
        out.text(name).flag(asService);
    }

    static GrantParty read(RowReader in) {
        return new GrantParty(in.text(), in.flag());
    }
}

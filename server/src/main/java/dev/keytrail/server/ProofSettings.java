package dev.keytrail.server;

import dev.keytrail.audit.chain.VerifierKeys;
import dev.keytrail.audit.chain.WitnessPolicy;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The settings of the log beside whether there is one.
 *
 * @param publicHashes whether anybody may read checkpoints and hash tiles; entries are never public
 * @param witnesses whom to ask for cosignatures
 */
record ProofSettings(boolean publicHashes, WitnessPolicy witnesses) {
    private static final String PUBLIC = "log.public";
    private static final String WITNESSES = "witnesses";
    private static final String QUORUM = "witness.quorum";
    private static final int WITNESSES_MAX = 16;

    static void defaults(Map<String, String> all) {
        all.put(PUBLIC, "none");
        all.put(WITNESSES, "");
        all.put(QUORUM, "0");
    }

    static ProofSettings parse(Map<String, String> values) {
        boolean hashes = switch (Settings.text(values, PUBLIC)) {
            case "none" -> false;
            case "hashes" -> true;
            default -> throw new IllegalArgumentException(PUBLIC + " must be none or hashes");
        };
        List<WitnessPolicy.Member> members = members(Settings.text(values, WITNESSES));
        long quorum = Settings.number(values, QUORUM, 0, WITNESSES_MAX);
        return new ProofSettings(hashes, new WitnessPolicy(members, (int) quorum));
    }

    private static List<WitnessPolicy.Member> members(String text) {
        List<WitnessPolicy.Member> members = new ArrayList<>();
        Set<String> names = new HashSet<>();
        if (text.isEmpty()) {
            return members;
        }
        for (String item : text.split(",", WITNESSES_MAX + 2)) {
            WitnessPolicy.Member member = member(item);
            if (!names.add(member.keys().name())) {
                throw new IllegalArgumentException(
                        WITNESSES + ": two of the name " + member.keys().name());
            }
            members.add(member);
        }
        if (members.size() > WITNESSES_MAX) {
            throw new IllegalArgumentException(WITNESSES + ": at most " + WITNESSES_MAX);
        }
        return members;
    }

    /** {@code URL KEY [KEY]}. */
    static WitnessPolicy.Member member(String item) {
        String[] parts = item.strip().split("\\s+", 2);
        if (parts.length != 2 || !parts[0].matches("https?://[^?#\\s]*[^?#/\\s]")) {
            throw new IllegalArgumentException(WITNESSES + ": '" + item.strip()
                    + "' is not a URL without a slash at the end, a space and the witness' verifier key");
        }
        VerifierKeys keys = VerifierKeys.parse(parts[1])
                .filter(known -> known.keys().stream().allMatch(ProofSettings::isOfWitness))
                .orElseThrow(() -> new IllegalArgumentException(WITNESSES + ": what follows " + parts[0]
                        + " is not a witness' verifier key of type 4 (Ed25519) or 6 (ML-DSA-44)"));
        return new WitnessPolicy.Member(URI.create(parts[0]), keys);
    }

    private static boolean isOfWitness(dev.keytrail.audit.chain.VerifierKey key) {
        return key.kind() != dev.keytrail.audit.chain.VerifierKey.Kind.ED25519;
    }
}

package dev.keytrail.audit.chain;

import java.net.URI;
import java.util.List;

/**
 * Which witnesses a log asks, and how many must have cosigned a checkpoint before receipts stand on it.
 *
 * @param quorum 0: best effort; receipts show the cosignatures that there are
 */
public record WitnessPolicy(List<Member> members, int quorum) {
    public static final WitnessPolicy NONE = new WitnessPolicy(List.of(), 0);

    /**
     * One witness.
     *
     * @param url what C2SP tlog-witness calls the submission prefix, without a slash at the end
     * @param keys those that it must cosign with, all of them
     */
    public record Member(URI url, VerifierKeys keys) {
        /** Whether all its keys have. */
        public boolean cosigned(SignedNote note) {
            return note.signedBy(keys);
        }
    }

    public WitnessPolicy {
        members = List.copyOf(members);
        if (quorum < 0 || quorum > members.size()) {
            throw new IllegalArgumentException(
                    "a quorum of " + quorum + " of " + members.size() + " witnesses cannot be");
        }
        if (members.stream().map(m -> m.keys().name()).distinct().count() < members.size()) {
            throw new IllegalArgumentException("two witnesses of one name");
        }
    }

    /** The keys of the members that have cosigned. */
    List<VerifierKey> signersOf(SignedNote note) {
        return members.stream()
                .filter(member -> member.cosigned(note))
                .flatMap(member -> member.keys().keys().stream())
                .toList();
    }

    boolean satisfiedBy(SignedNote note) {
        long signers = members.stream().filter(member -> member.cosigned(note)).count();
        return signers >= Math.max(1, quorum);
    }
}

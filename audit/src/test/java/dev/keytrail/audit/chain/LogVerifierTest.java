package dev.keytrail.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.chain.LogVerifier.Finding;
import dev.keytrail.audit.chain.LogVerifier.Kind;
import dev.keytrail.audit.chain.LogVerifier.Report;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator with root may try, and what the whole check says of it. */
class LogVerifierTest {
    private final ChainWorld world = new ChainWorld();
    private SignedNote remembered;

    @BeforeEach
    void someHistory() {
        world.events(399);
        world.settle();
        remembered = world.chain.checkpoint().orElseThrow();
        world.events(600);
        world.settle();
    }

    private Report verify(SignedNote... notes) {
        return verify(world.key(), notes);
    }

    private Report verify(VerifierKeys keys, SignedNote... notes) {
        return world.verify(keys, notes);
    }

    private List<LedgerRecord> records() {
        return new ArrayList<>(world.ledger.all());
    }

    private static List<String> brief(Report report) {
        return report.findings().stream().map(LogVerifierTest::line).toList();
    }

    private static String line(Finding finding) {
        return finding.kind() + " " + finding.from() + "-" + finding.to();
    }

    @Test
    void untouched_isSound() {
        Report report = verify(remembered);
        assertThat(report.findings()).isEmpty();
        assertThat(report.records()).isEqualTo(1000);
        assertThat(report.checkpoint()).contains(world.checkpoint());
    }

    @Test
    void recordsChanged_areNamed() {
        List<LedgerRecord> records = records();
        for (int index : new int[] {3, 500, 501, 999}) {
            records.set(index, world.record(ChainWorld.ACCOUNT, "x", "{}"));
        }
        world.rewrite(records);
        Report report = verify();
        assertThat(report.sound()).isFalse();
        assertThat(brief(report)).containsExactly("CHANGED 3-3", "CHANGED 500-501", "CHANGED 999-999");
    }

    @Test
    void recordsSwapped_areNamed() {
        List<LedgerRecord> records = records();
        java.util.Collections.swap(records, 10, 700);
        world.rewrite(records);
        assertThat(brief(verify())).containsExactly("CHANGED 10-10", "CHANGED 700-700");
    }

    @Test
    void recordPlantedOrMiddleCut_isNamedByItsFirstIndex() {
        List<LedgerRecord> records = records();
        records.add(321, world.record(ChainWorld.ACCOUNT, "planted", "{}"));
        world.rewrite(records);
        assertThat(brief(verify(remembered))).containsExactly("REMEMBERED_DIFFERS 0-399", "CHANGED 321-999");
        records = records();
        records.remove(321);
        records.remove(321);
        world.rewrite(records);
        assertThat(brief(verify())).containsExactly("CUT 999-999", "CHANGED 321-998");
    }

    @Test
    void tailCut_isNamed() {
        world.rewrite(records().subList(0, 950));
        assertThat(brief(verify(remembered))).containsExactly("CUT 950-999");
    }

    @Test
    void wholeFolderRolledBack_isFoundByWhatWasRememberedAlone() {
        SignedNote newest = world.chain.checkpoint().orElseThrow();
        world.rewrite(records().subList(0, 400));
        world.disk.files.put(TilePath.CHECKPOINT, Bytes.utf8(remembered.note()));
        assertThat(verify().sound()).isTrue();
        assertThat(brief(verify(newest))).containsExactly("CUT 400-999");
    }

    @Test
    void everythingSignedAnewWithTheStolenKey_isFoundByWhatWasRememberedAlone() {
        List<LedgerRecord> records = records();
        records.set(100, world.record(ChainWorld.ACCOUNT, "x", "{}"));
        world.rewrite(records);
        world.disk.files.clear();
        world.settle(world.open());
        assertThat(verify().sound()).isTrue();
        assertThat(brief(verify(remembered))).containsExactly("REMEMBERED_DIFFERS 0-399");
    }

    @Test
    void signedByAnotherKey_isFound() {
        VerifierKeys stranger = VerifierKeys.of(
                new VerifierKey(ChainWorld.ORIGIN, VerifierKey.Kind.ED25519, Bytes.adopt(new byte[32])));
        assertThat(brief(verify(stranger, remembered))).containsExactly("NOT_SIGNED 0-999", "NOT_SIGNED 0-999");
        world.disk.files.remove(TilePath.CHECKPOINT);
        assertThat(brief(verify())).containsExactly("NO_CHECKPOINT 0-999");
    }

    @Test
    void tilesDamaged_isToldApartFromTheLedger() {
        world.disk.files.put("tile/0/001", Bytes.adopt(new byte[8192]));
        Report report = verify(remembered);
        assertThat(report.sound()).isTrue();
        assertThat(brief(report)).containsExactly("TILES 256-511");
    }

    @Test
    void ledgerAndTilesChanged_rangeIsNarrowedByWhatIsRemembered() {
        List<LedgerRecord> records = records();
        records.set(600, world.record(ChainWorld.ACCOUNT, "x", "{}"));
        world.rewrite(records);
        world.disk.files.put("tile/0/002", Bytes.adopt(new byte[8192]));
        assertThat(brief(verify(remembered))).containsExactly(Kind.TREE_DIFFERS + " 400-999");
    }
}

package dev.keytrail.server;

import dev.keytrail.audit.chain.Chain;
import dev.keytrail.audit.chain.ChainDisk;
import dev.keytrail.audit.chain.FolderDisk;
import dev.keytrail.audit.chain.LogReading;
import dev.keytrail.audit.chain.Receipts;
import dev.keytrail.audit.chain.Witnesses;
import dev.keytrail.audit.op.Permit;
import dev.keytrail.audit.op.ReceiptRows;
import dev.keytrail.call.Job;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Operation;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The Merkle log as a part of the house; empty where the ground has no folder for one. */
record Proof(
        List<Operation<?, ?>> rows,
        List<Job> jobs,
        List<House.Step> steps,
        Optional<Reader> reader,
        Optional<Chain> chain,
        Optional<Witnesses> witnesses) {
    /** What a front reads the log with. */
    record Reader(LogReading reading, Permit permit, boolean publicHashes) {}

    static Proof open(House.Ground ground, Vault vault, Authorizer authorizer, PrincipalPolicies policies) {
        if (ground.chain().isEmpty()) {
            if (ground.store().ledger().first() > 0) {
                throw new OperatorError("records of this ledger were dropped, and whether rightly only the Merkle log"
                        + " can tell: start it with chain=true");
            }
            return new Proof(List.of(), List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());
        }
        Ledger ledger = ground.store().ledger();
        ProofSettings settings = ground.settings().proof();
        ChainDisk disk = new FolderDisk(ground.chain().get());
        Chain chain = Chain.open(
                ledger, disk, vault, ground.entropy(), ground.settings().chainOrigin(), settings.witnesses());
        Witnesses witnesses = new Witnesses(chain, new HttpWitness());
        Permit permit = new Permit(authorizer, policies);
        List<House.Step> steps = new ArrayList<>();
        steps.add(new House.Step("log", () -> chain.step(ground.clock().instant()), true));
        for (Witnesses.Lookout lookout : witnesses.lookouts()) {
            steps.add(new House.Step(
                    "witness " + lookout.name(),
                    () -> lookout.step(ground.clock().instant())));
        }
        Receipts receipts = new Receipts(ledger, ground.store().history(), chain);
        return new Proof(
                ReceiptRows.rows(chain, witnesses, receipts, permit),
                List.of(chain.keyJob()),
                steps,
                Optional.of(new Reader(new LogReading(chain, disk, ledger), permit, settings.publicHashes())),
                Optional.of(chain),
                Optional.of(witnesses));
    }

    /** The log over HTTP. */
    Optional<LogFront> front(Gate gate, Rows rows, Authenticator authenticator, Replies replies) {
        return reader.map(
                r -> new LogFront(r.reading(), r.permit(), r.publicHashes(), gate, rows, authenticator, replies));
    }
}

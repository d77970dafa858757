package dev.keytrail.server;

import dev.keytrail.audit.chain.Chain;
import dev.keytrail.audit.chain.FolderDisk;
import dev.keytrail.audit.chain.Receipts;
import dev.keytrail.audit.op.Permit;
import dev.keytrail.audit.op.ReceiptRows;
import dev.keytrail.call.Job;
import dev.keytrail.call.Operation;
import dev.keytrail.crypto.Vault;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.List;

/** The Merkle log as a part of the house; empty where the ground has no folder for one. */
record Proof(List<Operation<?, ?>> rows, List<Job> jobs, List<House.Step> steps) {
    static Proof open(House.Ground ground, Vault vault, Authorizer authorizer, PrincipalPolicies policies) {
        if (ground.chain().isEmpty()) {
            return new Proof(List.of(), List.of(), List.of());
        }
        Chain chain = Chain.open(
                ground.store().ledger(),
                new FolderDisk(ground.chain().get()),
                vault,
                ground.entropy(),
                ground.settings().chainOrigin());
        Receipts receipts = new Receipts(ground.store().ledger(), ground.store().history(), chain);
        return new Proof(
                ReceiptRows.rows(chain, receipts, new Permit(authorizer, policies)),
                List.of(chain.keyJob()),
                List.of(new House.Step("log", () -> chain.step(ground.clock().instant()), true)));
    }
}

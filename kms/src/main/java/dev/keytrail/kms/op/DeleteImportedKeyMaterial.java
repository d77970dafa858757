package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.kms.key.Imports;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.Materials;
import dev.keytrail.kms.key.Rotations;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.shape.kms.DeleteImportedKeyMaterialRequest;
import dev.keytrail.wire.shape.kms.DeleteImportedKeyMaterialResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** DeleteImportedKeyMaterial: at once, and without effect where there is none; the same material can come back. */
final class DeleteImportedKeyMaterial {
    private final KeyCare care;
    private final Materials materials;

    DeleteImportedKeyMaterial(KeyCare care, Materials materials) {
        this.care = care;
        this.materials = materials;
    }

    Operation<DeleteImportedKeyMaterialRequest, DeleteImportedKeyMaterialResponse> row() {
        return Rows.changing(
                "DeleteImportedKeyMaterial",
                DeleteImportedKeyMaterialRequest.class,
                DeleteImportedKeyMaterialResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("keyId", in.keyId()).put("keyMaterialId", in.keyMaterialId())));
    }

    private Effect<DeleteImportedKeyMaterialResponse> run(Attempt attempt, DeleteImportedKeyMaterialRequest in) {
        Key key = care.ready(attempt, in.keyId(), StateRule.ANY);
        ImportRules.demand(key, StateRule.DELETING_MATERIAL);
        Optional<Material> named = in.keyMaterialId()
                .map(id -> key.material(id).orElseThrow(() -> KmsErrors.noSuchMaterial(key, id)))
                .or(key::currentMaterial);
        List<Key> left = named.filter(Material::isPresent)
                .map(material -> Imports.deleted(attempt.state(), key, material))
                .orElse(List.of());
        // What is unwrapped of a replica is the same material under the same name: forgotten with it.
        materials.forget(key);
        List<Change<?>> changes = new ArrayList<>();
        List<ServiceEvent> synchronised = new ArrayList<>();
        for (Key changed : left) {
            changes.add(Change.put(Key.TABLE, changed.rowKey(), changed));
            if (!changed.region().equals(key.region())) {
                synchronised.add(Rotations.synchronised(changed));
            }
        }
        Optional<String> id = named.map(Material::id);
        return Effect.of(
                        DeleteImportedKeyMaterialResponse.builder()
                                .keyId(key.arn())
                                .keyMaterialId(id)
                                .build(),
                        changes)
                .showing(Rows.keyArn(key.arn()).put("keyMaterialId", id))
                .andThen(synchronised);
    }
}

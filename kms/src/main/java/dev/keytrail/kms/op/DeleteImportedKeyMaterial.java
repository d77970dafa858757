package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Imports;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.Materials;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.shape.kms.DeleteImportedKeyMaterialRequest;
import dev.keytrail.wire.shape.kms.DeleteImportedKeyMaterialResponse;
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
        List<Change<?>> changes = named.filter(Material::isPresent)
                .<List<Change<?>>>map(material -> {
                    materials.forget(key);
                    Key left = Imports.emptied(key, material);
                    return List.of(Change.put(Key.TABLE, left.rowKey(), left));
                })
                .orElse(List.of());
        Optional<String> id = named.map(Material::id);
        return Effect.of(
                        DeleteImportedKeyMaterialResponse.builder()
                                .keyId(key.arn())
                                .keyMaterialId(id)
                                .build(),
                        changes)
                .showing(Rows.keyArn(key.arn()).put("keyMaterialId", id));
    }
}

package dev.keytrail.server;

import dev.keytrail.audit.chain.Receipt;
import dev.keytrail.audit.chain.Witnesses;
import dev.keytrail.audit.op.DownloadEvents;
import dev.keytrail.audit.op.ExplainEvent;
import dev.keytrail.audit.op.GetCheckpoint;
import dev.keytrail.audit.op.GetReceipt;
import dev.keytrail.audit.op.HistoryRetention;
import dev.keytrail.audit.op.OrganizationRows;
import dev.keytrail.audit.op.SearchEvents;
import dev.keytrail.audit.trail.Organizations;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.identity.op.CreateAccount;
import dev.keytrail.identity.op.GuardrailRows;
import dev.keytrail.identity.op.ServiceAccess;
import dev.keytrail.wire.JsonObject;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.Protocol;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/** Keytrail's own administration, spelled as AWS JSON 1.1; it has no public model, so its codec is here. */
final class AdminDialogue implements Dialogue {

    private final Optional<Operation<?, ?>> row;
    private final Bytes body;

    AdminDialogue(Optional<Operation<?, ?>> row, Bytes body) {
        this.row = row;
        this.body = body;
    }

    @Override
    public Service service() {
        return Service.KEYTRAIL;
    }

    @Override
    public String contentType() {
        return Protocol.JSON.contentType();
    }

    @Override
    public byte[] encodeError(ApiError error, String requestId) {
        return write(json -> {
            json.writeStringProperty("__type", error.code());
            error.message().ifPresent(message -> json.writeStringProperty("message", message));
        });
    }

    @Override
    public Spoken understand() {
        if (row.isEmpty()) {
            throw new Refused(new ApiError("UnknownOperationException", 400, Optional.empty()));
        }
        return new Spoken() {
            @Override
            public Object decode() {
                return AdminInputs.read(row.get().input(), body);
            }

            @Override
            public byte[] encode(Object output, String requestId) {
                return switch (output) {
                    case CreateAccount.Output made -> account(made);
                    case ClockRows.Shown(Instant now, Instant target) ->
                        write(json -> {
                            json.writeStringProperty("Now", now.toString());
                            json.writeStringProperty("Target", target.toString());
                        });
                    // The answer's body is the receipt itself, to be kept as a file.
                    case GetReceipt.Output(Receipt receipt) -> receipt.json().toArray();
                    case GetCheckpoint.Output newest ->
                        write(json -> {
                            json.writeStringProperty(
                                    "Checkpoint", newest.checkpoint().note());
                            json.writeStringProperty(
                                    "VerifierKey", newest.verifierKeys().text());
                            witnesses(json, newest.witnesses());
                        });
                    case ServiceAccess.Granted granted -> granted(granted);
                    case CustodyRows.Standing standing -> standing(standing);
                    case LedgerRows.Standing standing -> ledger(standing);
                    case GuardrailRows.Listed listed ->
                        write(json -> {
                            json.writeObjectPropertyStart("Guardrails");
                            listed.guardrails().forEach(json::writeStringProperty);
                            json.writeEndObject();
                        });
                    case NoOutput _ -> write(_ -> {});
                    case HistoryRetention.Shown(long days, boolean own) ->
                        write(json -> {
                            json.writeNumberProperty("Days", days);
                            json.writeBooleanProperty("Own", own);
                        });
                    case OrganizationRows.Shown(Organizations.Row shown) -> organization(shown);
                    case DownloadEvents.Output file ->
                        write(json -> {
                            json.writeStringProperty("ContentType", file.contentType());
                            json.writeStringProperty("Content", file.content());
                            file.nextToken().ifPresent(token -> json.writeStringProperty("NextToken", token));
                        });
                    case SearchEvents.Output found -> write(json -> Found.write(json, found));
                    case ExplainEvent.Output why -> write(json -> Why.write(json, why));
                    default -> throw new IllegalStateException("no spelling for " + output.getClass());
                };
            }
        };
    }

    private static byte[] account(CreateAccount.Output made) {
        return write(json -> {
            json.writeStringProperty("AccountId", made.accountId());
            json.writeStringProperty("AccessKeyId", made.accessKeyId());
            JsonObject.secret(json, "SecretAccessKey", made.secretAccessKey());
        });
    }

    private static void witnesses(JsonGenerator json, List<Witnesses.Status> witnesses) {
        json.writeArrayPropertyStart("Witnesses");
        for (Witnesses.Status witness : witnesses) {
            json.writeStartObject();
            json.writeStringProperty("Name", witness.name());
            json.writeStringProperty("Url", witness.url().toString());
            json.writeNumberProperty("CosignedSize", witness.size());
            json.writeNumberProperty("Failures", witness.failures());
            json.writeBooleanProperty("Disputes", witness.disputes());
            witness.error().ifPresent(error -> json.writeStringProperty("Error", error));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static byte[] organization(Organizations.Row shown) {
        return write(json -> {
            json.writeStringProperty("OrganizationId", shown.id());
            json.writeStringProperty("ManagementAccountId", shown.management());
            json.writeArrayPropertyStart("MemberAccountIds");
            shown.members().forEach(json::writeString);
            json.writeEndArray();
            json.writeArrayPropertyStart("DelegatedAdminAccountIds");
            shown.delegates().forEach(json::writeString);
            json.writeEndArray();
        });
    }

    private static byte[] granted(ServiceAccess.Granted granted) {
        return write(json -> {
            json.writeStringProperty("AccessKeyId", granted.accessKeyId());
            JsonObject.secret(json, "SecretAccessKey", granted.secretAccessKey());
            json.writeStringProperty("SessionToken", granted.sessionToken());
            json.writeStringProperty("Expiration", granted.expiration().toString());
            json.writeStringProperty("AccountId", granted.accountId());
            json.writeStringProperty("Arn", granted.arn());
            json.writeStringProperty("Region", granted.region());
        });
    }

    /** How custody stands; shares, if any are handed out, as a list of texts. */
    private static byte[] standing(CustodyRows.Standing standing) {
        return write(json -> {
            json.writeBooleanProperty("Sealed", standing.sealed());
            json.writeStringProperty("Provider", standing.provider());
            json.writeNumberProperty("Epoch", standing.epoch());
            standing.since().ifPresent(at -> json.writeStringProperty("Since", at.toString()));
            json.writeNumberProperty("RootKeyGeneration", standing.generation());
            standing.keyArn().ifPresent(arn -> json.writeStringProperty("KeyArn", arn));
            standing.sharing().ifPresent(sharing -> {
                json.writeStringProperty("ShareSet", sharing.set());
                json.writeNumberProperty("Threshold", sharing.threshold());
                json.writeNumberProperty("Shares", sharing.commitments().size());
            });
            standing.rotation().ifPresent(rotation -> {
                json.writeStringProperty("RotatedAt", rotation.at().toString());
                json.writeBooleanProperty("Rewrapped", rotation.rewrapped());
            });
            if (standing.sealed()) {
                json.writeArrayPropertyStart("SharesGiven");
                standing.given().forEach(json::writeNumber);
                json.writeEndArray();
            }
            standing.shares().ifPresent(shares -> {
                json.writeArrayPropertyStart("NewShares");
                for (Secret share : SecretInput.split(shares)) {
                    try (share) {
                        json.writeUTF8String(share.reveal(), 0, share.sizeBytes());
                    }
                }
                json.writeEndArray();
            });
        });
    }

    private static byte[] ledger(LedgerRows.Standing ledger) {
        return write(json -> {
            json.writeNumberProperty("FirstIndex", ledger.first());
            json.writeNumberProperty("EndIndex", ledger.end());
            ledger.retention().ifPresent(kept -> json.writeNumberProperty("RetentionDays", kept.toDays()));
            json.writeBooleanProperty("Archiving", ledger.archiving());
            ledger.request().ifPresent(request -> {
                json.writeObjectPropertyStart("Request");
                json.writeStringProperty("RequestId", request.id());
                json.writeNumberProperty("OlderThanDays", request.days());
                json.writeStringProperty("At", request.at().toString());
                request.ended().ifPresent(ended -> {
                    json.writeStringProperty("EndedAt", ended.at().toString());
                    json.writeStringProperty("Kept", ended.kept());
                });
                json.writeEndObject();
            });
            ledger.dropped().ifPresent(dropped -> {
                json.writeObjectPropertyStart("LastDrop");
                json.writeNumberProperty("FirstIndex", dropped.first());
                json.writeNumberProperty("LastIndex", dropped.end() - 1);
                json.writeStringProperty("At", dropped.at().toString());
                dropped.request().ifPresent(id -> json.writeStringProperty("RequestId", id));
                dropped.archive().ifPresent(archive -> json.writeStringProperty("Archive", archive.name()));
                json.writeEndObject();
            });
        });
    }

    private static byte[] write(Consumer<JsonGenerator> members) {
        return JsonObject.of(members).unsafeArray();
    }
}

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
import dev.keytrail.identity.op.PutProviderKeys;
import dev.keytrail.identity.op.RootPasswords;
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
    private static final String MANAGEMENT = "ManagementAccountId";

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
                Class<?> input = row.get().input();
                if (input == CreateAccount.Input.class) {
                    return new CreateAccount.Input(members("AccountName").text("AccountName"));
                }
                if (input == ServiceAccess.Forward.class) {
                    FlatJson given = members("Service", "Method", "Path", "Query", "Headers", "Body");
                    return new ServiceAccess.Forward(
                            given.text("Service"),
                            given.text("Method"),
                            given.text("Path"),
                            given.text("Query"),
                            given.text("Headers"),
                            given.text("Body"));
                }
                if (input == ServiceAccess.Infrastructure.class) {
                    FlatJson given = members("Service", "AccountId", "ResourceId");
                    return new ServiceAccess.Infrastructure(
                            given.text("Service"), given.text("AccountId"), given.text("ResourceId"));
                }
                if (input == GuardrailRows.Put.class) {
                    FlatJson given = members("AccountId", "Name", "Document");
                    return new GuardrailRows.Put(given.text("AccountId"), given.text("Name"), given.text("Document"));
                }
                if (input == GuardrailRows.Delete.class) {
                    FlatJson given = members("AccountId", "Name");
                    return new GuardrailRows.Delete(given.text("AccountId"), given.text("Name"));
                }
                if (input == GuardrailRows.ListAll.class) {
                    return new GuardrailRows.ListAll(members("AccountId").text("AccountId"));
                }
                if (input == RootPasswords.Put.class) {
                    FlatJson given = members("AccountId", "Password");
                    return new RootPasswords.Put(given.text("AccountId"), given.secret("Password"));
                }
                if (input == RootPasswords.Delete.class) {
                    return new RootPasswords.Delete(members("AccountId").text("AccountId"));
                }
                if (input == PutProviderKeys.Input.class) {
                    FlatJson given = members("OpenIDConnectProviderArn", "Keys");
                    return new PutProviderKeys.Input(given.text("OpenIDConnectProviderArn"), given.text("Keys"));
                }
                if (input == GetReceipt.Input.class) {
                    FlatJson given = members("EventId", "RequestId", "Index");
                    return new GetReceipt.Input(given.text("EventId"), given.text("RequestId"), given.number("Index"));
                }
                if (input == ExplainEvent.Input.class) {
                    FlatJson given = members("EventId", "Index");
                    return new ExplainEvent.Input(given.text("EventId"), given.number("Index"));
                }
                if (input == ClockRows.Advance.class) {
                    return new ClockRows.Advance(members("Seconds").number("Seconds"));
                }
                if (input == ClockRows.Look.class) {
                    members();
                    return new ClockRows.Look();
                }
                if (input == LedgerRows.Start.class) {
                    return new LedgerRows.Start(members("OlderThanDays").number("OlderThanDays"));
                }
                if (input == LedgerRows.Describe.class) {
                    members();
                    return new LedgerRows.Describe();
                }
                if (input == HistoryRetention.Put.class) {
                    FlatJson given = members("AccountId", "Days");
                    return new HistoryRetention.Put(given.text("AccountId"), given.number("Days"));
                }
                if (input == OrganizationRows.Create.class) {
                    return new OrganizationRows.Create(members(MANAGEMENT).text(MANAGEMENT));
                }
                if (input == OrganizationRows.Add.class) {
                    FlatJson given = members(MANAGEMENT, "AccountId");
                    return new OrganizationRows.Add(given.text(MANAGEMENT), given.text("AccountId"));
                }
                if (input == OrganizationRows.Remove.class) {
                    FlatJson given = members(MANAGEMENT, "AccountId");
                    return new OrganizationRows.Remove(given.text(MANAGEMENT), given.text("AccountId"));
                }
                if (input == OrganizationRows.Delete.class) {
                    return new OrganizationRows.Delete(members(MANAGEMENT).text(MANAGEMENT));
                }
                if (input == OrganizationRows.Describe.class) {
                    return new OrganizationRows.Describe(members("AccountId").text("AccountId"));
                }
                if (input == HistoryRetention.Get.class) {
                    return new HistoryRetention.Get(members("AccountId").text("AccountId"));
                }
                if (input == SearchEvents.Input.class) {
                    return search(members("Query", "StartTime", "EndTime", "MaxResults", "NextToken"));
                }
                if (input == DownloadEvents.Input.class) {
                    FlatJson given = members("Query", "StartTime", "EndTime", "MaxResults", "NextToken", "Format");
                    return new DownloadEvents.Input(search(given), given.text("Format"));
                }
                if (input == BackupRows.Create.class) {
                    return new BackupRows.Create(members("Passphrase").blob("Passphrase"));
                }
                if (input == CustodyRows.Describe.class) {
                    members();
                    return new CustodyRows.Describe();
                }
                if (input == CustodyRows.ChangeTo.class) {
                    FlatJson given = members(
                            "Provider", "Secret", "Threshold", "Shares", "KeyId", "CurrentPassphrase", "CurrentShares");
                    return new CustodyRows.ChangeTo(
                            given.text("Provider"),
                            given.blob("Secret"),
                            given.number("Threshold"),
                            given.number("Shares"),
                            given.text("KeyId"),
                            given.blob("CurrentPassphrase"),
                            given.blob("CurrentShares"));
                }
                if (input == CustodyRows.Rotate.class) {
                    FlatJson given = members("CurrentPassphrase", "CurrentShares");
                    return new CustodyRows.Rotate(given.blob("CurrentPassphrase"), given.blob("CurrentShares"));
                }
                if (input == SealedFront.Unseal.class) {
                    return new SealedFront.Unseal(members("Secret").blob("Secret"));
                }
                if (input != GetCheckpoint.Input.class) {
                    throw new IllegalStateException("no spelling for " + input);
                }
                members();
                return new GetCheckpoint.Input();
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

    private static SearchEvents.Input search(FlatJson given) {
        return new SearchEvents.Input(
                given.text("Query"),
                given.number("StartTime"),
                given.number("EndTime"),
                given.number("MaxResults"),
                given.text("NextToken"));
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

    private FlatJson members(String... names) {
        return FlatJson.parse(body, names);
    }

    private static byte[] write(Consumer<JsonGenerator> members) {
        return JsonObject.of(members).unsafeArray();
    }
}

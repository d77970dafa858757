package dev.keytrail.server;

import dev.keytrail.audit.op.DownloadEvents;
import dev.keytrail.audit.op.ExplainEvent;
import dev.keytrail.audit.op.GetCheckpoint;
import dev.keytrail.audit.op.GetReceipt;
import dev.keytrail.audit.op.HistoryRetention;
import dev.keytrail.audit.op.OrganizationRows;
import dev.keytrail.audit.op.SearchEvents;
import dev.keytrail.call.Bytes;
import dev.keytrail.identity.op.CreateAccount;
import dev.keytrail.identity.op.GuardrailRows;
import dev.keytrail.identity.op.PutProviderKeys;
import dev.keytrail.identity.op.RootPasswords;
import dev.keytrail.identity.op.ServiceAccess;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** How requests of the administration are spelled: for each operation's input the members that it may have, all of them optional. */
final class AdminInputs {
    private static final String MANAGEMENT = "ManagementAccountId";

    private static final Map<Class<?>, Form> FORMS = Map.ofEntries(
            form(CreateAccount.Input.class, in -> new CreateAccount.Input(in.text("AccountName")), "AccountName"),
            form(
                    ServiceAccess.Forward.class,
                    in -> new ServiceAccess.Forward(
                            in.text("Service"),
                            in.text("Method"),
                            in.text("Path"),
                            in.text("Query"),
                            in.text("Headers"),
                            in.text("Body")),
                    "Service",
                    "Method",
                    "Path",
                    "Query",
                    "Headers",
                    "Body"),
            form(
                    ServiceAccess.Infrastructure.class,
                    in -> new ServiceAccess.Infrastructure(
                            in.text("Service"), in.text("AccountId"), in.text("ResourceId")),
                    "Service",
                    "AccountId",
                    "ResourceId"),
            form(
                    GuardrailRows.Put.class,
                    in -> new GuardrailRows.Put(in.text("AccountId"), in.text("Name"), in.text("Document")),
                    "AccountId",
                    "Name",
                    "Document"),
            form(
                    GuardrailRows.Delete.class,
                    in -> new GuardrailRows.Delete(in.text("AccountId"), in.text("Name")),
                    "AccountId",
                    "Name"),
            form(GuardrailRows.ListAll.class, in -> new GuardrailRows.ListAll(in.text("AccountId")), "AccountId"),
            form(
                    RootPasswords.Put.class,
                    in -> new RootPasswords.Put(in.text("AccountId"), in.secret("Password")),
                    "AccountId",
                    "Password"),
            form(RootPasswords.Delete.class, in -> new RootPasswords.Delete(in.text("AccountId")), "AccountId"),
            form(
                    PutProviderKeys.Input.class,
                    in -> new PutProviderKeys.Input(in.text("OpenIDConnectProviderArn"), in.text("Keys")),
                    "OpenIDConnectProviderArn",
                    "Keys"),
            form(
                    GetReceipt.Input.class,
                    in -> new GetReceipt.Input(in.text("EventId"), in.text("RequestId"), in.number("Index")),
                    "EventId",
                    "RequestId",
                    "Index"),
            form(
                    ExplainEvent.Input.class,
                    in -> new ExplainEvent.Input(in.text("EventId"), in.number("Index")),
                    "EventId",
                    "Index"),
            form(ClockRows.Advance.class, in -> new ClockRows.Advance(in.number("Seconds")), "Seconds"),
            form(ClockRows.Look.class, _ -> new ClockRows.Look()),
            form(LedgerRows.Start.class, in -> new LedgerRows.Start(in.number("OlderThanDays")), "OlderThanDays"),
            form(LedgerRows.Describe.class, _ -> new LedgerRows.Describe()),
            form(
                    HistoryRetention.Put.class,
                    in -> new HistoryRetention.Put(in.text("AccountId"), in.number("Days")),
                    "AccountId",
                    "Days"),
            form(OrganizationRows.Create.class, in -> new OrganizationRows.Create(in.text(MANAGEMENT)), MANAGEMENT),
            form(
                    OrganizationRows.Add.class,
                    in -> new OrganizationRows.Add(in.text(MANAGEMENT), in.text("AccountId")),
                    MANAGEMENT,
                    "AccountId"),
            form(
                    OrganizationRows.Remove.class,
                    in -> new OrganizationRows.Remove(in.text(MANAGEMENT), in.text("AccountId")),
                    MANAGEMENT,
                    "AccountId"),
            form(OrganizationRows.Delete.class, in -> new OrganizationRows.Delete(in.text(MANAGEMENT)), MANAGEMENT),
            form(
                    OrganizationRows.Describe.class,
                    in -> new OrganizationRows.Describe(in.text("AccountId")),
                    "AccountId"),
            form(HistoryRetention.Get.class, in -> new HistoryRetention.Get(in.text("AccountId")), "AccountId"),
            form(
                    SearchEvents.Input.class,
                    AdminInputs::search,
                    "Query",
                    "StartTime",
                    "EndTime",
                    "MaxResults",
                    "NextToken"),
            form(
                    DownloadEvents.Input.class,
                    in -> new DownloadEvents.Input(search(in), in.text("Format")),
                    "Query",
                    "StartTime",
                    "EndTime",
                    "MaxResults",
                    "NextToken",
                    "Format"),
            form(BackupRows.Create.class, in -> new BackupRows.Create(in.blob("Passphrase")), "Passphrase"),
            form(CustodyRows.Describe.class, _ -> new CustodyRows.Describe()),
            form(
                    CustodyRows.ChangeTo.class,
                    in -> new CustodyRows.ChangeTo(
                            in.text("Provider"),
                            in.blob("Secret"),
                            in.number("Threshold"),
                            in.number("Shares"),
                            in.text("KeyId"),
                            in.blob("CurrentPassphrase"),
                            in.blob("CurrentShares")),
                    "Provider",
                    "Secret",
                    "Threshold",
                    "Shares",
                    "KeyId",
                    "CurrentPassphrase",
                    "CurrentShares"),
            form(
                    CustodyRows.Rotate.class,
                    in -> new CustodyRows.Rotate(in.blob("CurrentPassphrase"), in.blob("CurrentShares")),
                    "CurrentPassphrase",
                    "CurrentShares"),
            form(SealedFront.Unseal.class, in -> new SealedFront.Unseal(in.blob("Secret")), "Secret"),
            form(GetCheckpoint.Input.class, _ -> new GetCheckpoint.Input()));

    private AdminInputs() {}

    private record Form(Function<FlatJson, Object> make, List<String> members) {}

    private static <I> Map.Entry<Class<?>, Form> form(Class<I> type, Function<FlatJson, I> make, String... members) {
        return Map.entry(type, new Form(make::apply, List.of(members)));
    }

    /** @throws dev.keytrail.call.Refused SerializationException for a body that is no such input */
    static Object read(Class<?> type, Bytes body) {
        Form form = Optional.ofNullable(FORMS.get(type))
                .orElseThrow(() -> new IllegalStateException("no spelling for " + type));
        return form.make().apply(FlatJson.parse(body, form.members().toArray(String[]::new)));
    }

    private static SearchEvents.Input search(FlatJson in) {
        return new SearchEvents.Input(
                in.text("Query"),
                in.number("StartTime"),
                in.number("EndTime"),
                in.number("MaxResults"),
                in.text("NextToken"));
    }
}

package dev.keytrail.server;

import dev.keytrail.audit.Recorder;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.Bootstrap;
import dev.keytrail.identity.directory.IdentityTables;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes the first account on an empty ledger; on any other finds it. */
public record FirstStart(String account, Path credentialsFile) {
    public static FirstStart of(
            Path credentialsFile, Ledger ledger, Bootstrap bootstrap, Recorder recorder, InstantSource clock)
            throws IOException {
        State state = ledger.read();
        for (State.Row<Account> row : state.scan(IdentityTables.ACCOUNTS, "", "")) {
            if (row.value().operator()) {
                return new FirstStart(row.value().id(), credentialsFile);
            }
        }
        Instant now = clock.instant();
        Bootstrap.NewAccount made = bootstrap.firstStart(now);
        // The file comes first: after a crash in between, the next start finds no account and makes both anew. The
        // other
        // way round the one copy of the secret would be lost.
        write(credentialsFile, credentials(made));
        made.key().secret().close();
        ServiceEvent event = new ServiceEvent(
                Service.KEYTRAIL,
                "InitializeServer",
                made.account().id(),
                "us-east-1",
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(Facts.facts()
                        .put("accountId", made.account().id())
                        .put("userName", "admin")
                        .put("accessKeyId", made.key().row().id())));
        ledger.commit(state, made.changes(), List.of(recorder.record(event, now)));
        return new FirstStart(made.account().id(), credentialsFile);
    }

    /** AWS's shared credentials format; the Region is read by the CLI and most SDKs too. */
    private static byte[] credentials(Bootstrap.NewAccount made) {
        String text = "[default]\naws_access_key_id = " + made.key().row().id() + "\naws_secret_access_key = "
                + new String(made.key().secret().reveal(), StandardCharsets.US_ASCII) + "\nregion = us-east-1\n";
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void write(Path file, byte[] content) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(draft);
        try (FileChannel channel = FileChannel.open(
                draft,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}

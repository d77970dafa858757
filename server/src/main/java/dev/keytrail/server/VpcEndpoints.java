package dev.keytrail.server;

import dev.keytrail.call.Origin;
import dev.keytrail.policy.EndpointPolicies;
import dev.keytrail.policy.MalformedPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Listeners that count as VPC endpoints: whoever is let reach one of them calls through that endpoint. Keytrail knows no
 * networks, so it is the operator's to see to it that nobody else can.
 */
record VpcEndpoints(List<Door> doors) {
    private static final String SETTING = "vpc.endpoints";

    /** AWS's bound on an endpoint's policy. */
    private static final int POLICY_CHARS_MAX = 20_480;

    private static final Pattern ID = Pattern.compile("vpce-[0-9A-Za-z]{8,17}");
    private static final Pattern ACCOUNT = Pattern.compile("\\d{12}");
    private static final Pattern VPC = Pattern.compile("vpc-[0-9A-Za-z]{8,17}");
    private static final Pattern ADDRESS = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[0-9A-Za-z.-]+):(\\d{1,5})");
    private static final int PORT_MAX = 65_535;
    private static final int ENDPOINTS_MAX = 100;

    VpcEndpoints {
        doors = List.copyOf(doors);
    }

    /**
     * One endpoint and where it listens.
     *
     * @param port 0: a free one
     * @param policy file of its policy; none: everything passes
     */
    record Door(Origin.Endpoint endpoint, String host, int port, Optional<Path> policy) {}

    static void defaults(Map<String, String> all) {
        all.put(SETTING, "");
    }

    /** {@code vpce-0a1b2c3d4e5f60718=10.0.0.5:7480;111122223333;vpc-0a1b2c3d;/etc/keytrail/endpoint.json, ...}. */
    static VpcEndpoints parse(Map<String, String> values) {
        Map<String, Door> doors = new LinkedHashMap<>();
        for (String part : Settings.text(values, SETTING).split(",")) {
            if (part.isBlank()) {
                continue;
            }
            Door door = door(part.strip());
            if (doors.put(door.endpoint().id(), door) != null) {
                throw new IllegalArgumentException(
                        SETTING + ": " + door.endpoint().id() + " stands there twice");
            }
        }
        if (doors.size() > ENDPOINTS_MAX) {
            throw new IllegalArgumentException(SETTING + ": at most " + ENDPOINTS_MAX + " endpoints");
        }
        return new VpcEndpoints(new ArrayList<>(doors.values()));
    }

    private static Door door(String text) {
        String[] pair = text.split("=", 2);
        String[] parts = pair.length == 2 ? pair[1].split(";", -1) : new String[0];
        Matcher address = ADDRESS.matcher(parts.length < 3 ? "" : parts[0].strip());
        if (parts.length < 3
                || parts.length > 4
                || !ID.matcher(pair[0].strip()).matches()
                || !address.matches()
                || Integer.parseInt(address.group(2)) > PORT_MAX
                || !ACCOUNT.matcher(parts[1].strip()).matches()
                || !VPC.matcher(parts[2].strip()).matches()) {
            throw new IllegalArgumentException(SETTING + ": '" + text
                    + "' is not vpce-ID=ADDRESS:PORT;OWNER'S ACCOUNT;vpc-ID, with ;POLICY FILE if there is one");
        }
        String host = address.group(1).replaceAll("[\\[\\]]", "");
        Optional<Path> policy =
                parts.length < 4 || parts[3].isBlank() ? Optional.empty() : Optional.of(Path.of(parts[3].strip()));
        return new Door(
                new Origin.Endpoint(pair[0].strip(), parts[1].strip(), parts[2].strip()),
                host,
                Integer.parseInt(address.group(2)),
                policy);
    }

    /** @throws IOException with a text for the operator */
    EndpointPolicies openPolicies() throws IOException {
        Map<String, String> documents = new LinkedHashMap<>();
        for (Door door : doors) {
            if (door.policy().isPresent()) {
                documents.put(door.endpoint().id(), read(door.policy().get()));
            }
        }
        return EndpointPolicies.of(documents);
    }

    private static String read(Path file) throws IOException {
        if (Files.size(file) > POLICY_CHARS_MAX * 4L) {
            throw new IOException(SETTING + ": " + file + " is larger than a policy may be");
        }
        String document = Files.readString(file);
        if (document.length() > POLICY_CHARS_MAX) {
            throw new IOException(SETTING + ": " + file + " has more than " + POLICY_CHARS_MAX + " characters");
        }
        try {
            EndpointPolicies.of(Map.of("policy", document));
        } catch (MalformedPolicy e) {
            throw new IOException(SETTING + ": " + file + ": " + e.getMessage(), e);
        }
        return document;
    }
}

package dev.keytrail.shapegen;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes the Java sources of all shapes. Arguments: the folder of the models, the folder to write to. Does nothing when
 * neither models nor generator have changed since the last run; touches only files whose content changes, so that
 * incremental compilation stays incremental.
 */
public final class ShapeGenerator {
    static final String SHAPES = "dev.keytrail.wire.shape";

    private static final List<String> SERVICES = List.of("cloudtrail", "iam", "kms", "sns", "sts");
    private static final String STAMP = ".stamp";

    private ShapeGenerator() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException("usage: ShapeGenerator MODELS OUTPUT");
        }
        generate(Path.of(arguments[0]), Path.of(arguments[1]));
    }

    static void generate(Path models, Path output) throws IOException {
        Path stamp = output.resolve(STAMP);
        String fingerprint = fingerprint(models);
        if (Files.exists(stamp) && Files.readString(stamp).equals(fingerprint)) {
            return;
        }
        Files.deleteIfExists(stamp);
        SourceFolder folder = new SourceFolder(output);
        JsonMapper json = JsonMapper.builder().build();
        for (String service : SERVICES) {
            ServiceShapes shapes = new ServiceShapes(service, json.readTree(models.resolve(service + ".json")));
            write(shapes, folder);
        }
        folder.prune();
        Files.writeString(stamp, fingerprint);
    }

    private static void write(ServiceShapes shapes, SourceFolder folder) {
        String packageName = shapes.packageName();
        folder.write(packageName, "package-info", ServiceSource.packageInfo(shapes));
        for (String name : shapes.structures()) {
            folder.write(packageName, name, new StructureSource(shapes, name).source());
        }
        folder.write(packageName, ServiceSource.className(shapes), new ServiceSource(shapes).source());
        folder.write(packageName, "Limits", ServiceSource.limits(shapes));
        for (String name : shapes.enums()) {
            folder.write(packageName, JavaNames.type(name), EnumSource.source(shapes, name));
        }
    }

    /** Changes with the models and with the generator's own classes. */
    private static String fingerprint(Path models) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        for (String service : SERVICES) {
            digest.update(Files.readAllBytes(models.resolve(service + ".json")));
        }
        Path own = ownCode();
        if (Files.isDirectory(own)) {
            try (Stream<Path> files = Files.walk(own)) {
                files.filter(Files::isRegularFile).sorted().forEach(file -> digest.update(bytes(file)));
            }
        } else {
            digest.update(Files.readAllBytes(own));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static Path ownCode() {
        return Path.of(java.net.URI.create(ShapeGenerator.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString()));
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** Text of a Java string literal, quotes included. */
    static String literal(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> out.append(c);
            }
        }
        return out.append('"').toString();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

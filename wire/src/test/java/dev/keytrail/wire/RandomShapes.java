package dev.keytrail.wire;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;

/** Random values of generated records, from a seed, and their full text for comparison. */
final class RandomShapes {
    private static final String[] PIECES = {
        "a",
        "Z",
        "0",
        " ",
        "+",
        "%",
        "&",
        "=",
        "<",
        ">",
        "\"",
        "'",
        "\\",
        "/",
        ".",
        "\t",
        "\n",
        "\r",
        "é",
        "\u0080",
        "\u20ac",
        "\ufffd",
        "\ud83d\ude00",
        "]]>",
        "alias/",
        "%41",
        "\u2028"
    };

    private final Random random;

    RandomShapes(long seed) {
        random = new Random(seed);
    }

    Object ofType(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type last = generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1];
            if (generic.getRawType() == Optional.class) {
                return random.nextBoolean() ? Optional.of(ofType(last)) : Optional.empty();
            }
            return generic.getRawType() == List.class ? list(last) : map(last);
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isRecord()) {
            return record(plain);
        }
        if (plain.isEnum()) {
            Object[] constants = plain.getEnumConstants();
            return constants[random.nextInt(constants.length)];
        }
        return scalar(plain);
    }

    private Object scalar(Class<?> type) {
        return switch (type.getSimpleName()) {
            case "String" -> text();
            case "Secret" -> Secret.adopt(text().getBytes(StandardCharsets.UTF_8));
            case "Bytes" -> {
                byte[] bytes = new byte[random.nextInt(70)];
                random.nextBytes(bytes);
                yield Bytes.adopt(bytes);
            }
            case "Integer" -> random.nextInt();
            case "Long" -> random.nextLong();
            case "Boolean" -> random.nextBoolean();
            case "Double" -> random.nextBoolean() ? random.nextGaussian() * 1e9 : (double) random.nextInt(100);
            case "Instant" -> Instant.ofEpochMilli(random.nextLong(-1_000_000_000_000L, 5_000_000_000_000L));
            default -> throw new IllegalStateException("no random " + type);
        };
    }

    private Object record(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values =
                Arrays.stream(components).map(c -> ofType(c.getGenericType())).toArray();
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot make " + type, e);
        }
    }

    private List<Object> list(Type item) {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            list.add(ofType(item));
        }
        return list;
    }

    private Map<String, Object> map(Type value) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            map.put(text(), ofType(value));
        }
        return map;
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }

    /** All of a value, secrets and bytes too, so that equal texts are equal values. */
    static String textOf(Object value) {
        return switch (value) {
            case Secret secret -> "secret:" + Bytes.copyOf(secret.reveal()).hex();
            case Bytes bytes -> "bytes:" + bytes.hex();
            case Optional<?> optional -> optional.map(RandomShapes::textOf).orElse("-");
            case List<?> list -> list.stream().map(RandomShapes::textOf).collect(Collectors.joining(", ", "[", "]"));
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(e -> e.getKey() + "=" + textOf(e.getValue()))
                        .collect(Collectors.joining(", ", "{", "}"));
            case Record record ->
                Arrays.stream(record.getClass().getRecordComponents())
                        .map(component -> component.getName() + "=" + textOf(get(record, component)))
                        .collect(Collectors.joining(", ", record.getClass().getSimpleName() + "(", ")"));
            default -> value.toString();
        };
    }

    private static Object get(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component, e);
        }
    }
}

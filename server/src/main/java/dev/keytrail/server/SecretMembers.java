package dev.keytrail.server;

import dev.keytrail.call.Secret;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Closes the secrets that a request or answer record holds directly, once nobody needs them. */
final class SecretMembers {
    /** Accessors by record class, found once. */
    private static final ClassValue<List<Method>> ACCESSORS = new ClassValue<>() {
        @Override
        protected List<Method> computeValue(Class<?> type) {
            List<Method> found = new ArrayList<>();
            RecordComponent[] components = type.getRecordComponents();
            if (components != null) {
                for (RecordComponent component : components) {
                    boolean secret = component.getType() == Secret.class
                            || component.getGenericType().getTypeName().contains(Secret.class.getName());
                    if (secret) {
                        found.add(component.getAccessor());
                    }
                }
            }
            return List.copyOf(found);
        }
    };

    private SecretMembers() {}

    static void close(Object holder) {
        for (Method accessor : ACCESSORS.get(holder.getClass())) {
            try {
                Object value = accessor.invoke(holder);
                if (value instanceof Optional<?> optional) {
                    value = optional.orElse(null);
                }
                if (value instanceof Secret secret) {
                    secret.close();
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot read " + accessor, e);
            }
        }
    }
}

package org.xenimage.script.jsr223;

import org.jspecify.annotations.Nullable;
import org.xenimage.script.api.Spelling;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

import javax.script.ScriptContext;
import javax.script.ScriptException;

/** An interface of Java whose methods are functions of a script. */
final class FunctionInterface implements InvocationHandler {
    private final Realm realm;
    private final String file;
    private final ScriptContext context;
    private final @Nullable ScriptObject self;
    private final Map<Method, String> functions;

    private FunctionInterface(
            Realm realm,
            String file,
            ScriptContext context,
            @Nullable ScriptObject self,
            Map<Method, String> functions) {
        this.realm = realm;
        this.file = file;
        this.context = context;
        this.self = self;
        this.functions = functions;
    }

    /**
     * The interface, if there is a function for each of its abstract methods: of the same name, or
     * of that name in snake case.
     */
    static <T> @Nullable T of(
            @Nullable Class<T> type,
            Realm realm,
            String file,
            ScriptContext context,
            @Nullable ScriptObject self) {
        if (type == null || !type.isInterface())
            throw new IllegalArgumentException("expected an interface, found " + type);
        Map<Method, String> functions = new HashMap<>();
        for (Method method : type.getMethods()) {
            if (!Modifier.isAbstract(method.getModifiers()) || ofObject(method)) continue;
            String snake = Spelling.snake(method.getName());
            if (realm.has(context, self, method.getName())) functions.put(method, method.getName());
            else if (realm.has(context, self, snake)) functions.put(method, snake);
            else return null;
        }
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        new FunctionInterface(realm, file, context, self, functions)));
    }

    /** Comparators, for one, declare equals again. */
    private static boolean ofObject(Method method) {
        return Arrays.stream(Object.class.getMethods())
                .anyMatch(own ->
                        own.getName().equals(method.getName())
                                && Arrays.equals(
                                        own.getParameterTypes(), method.getParameterTypes()));
    }

    @Override
    public @Nullable Object invoke(
            Object proxy, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
        if (ofObject(method)) return ownMethod(proxy, method, arguments);
        if (method.isDefault()) return InvocationHandler.invokeDefault(proxy, method, arguments);
        String name = functions.get(method);
        if (name == null) throw new NoSuchMethodException(method.toString());
        try {
            Object result =
                    realm.invoke(
                            file,
                            context,
                            self,
                            name,
                            arguments == null ? new Object[0] : arguments);
            return fitting(result, method);
        } catch (ScriptException | NoSuchMethodException e) {
            for (Class<?> declared : method.getExceptionTypes())
                if (declared.isInstance(e)) throw e;
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @SuppressWarnings("ReferenceEquality") // its own equals is what is being defined
    private @Nullable Object ownMethod(
            Object proxy, Method method, @Nullable Object @Nullable [] arguments) {
        return switch (method.getName()) {
            case "equals" -> arguments != null && proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "functions of " + file;
        };
    }

    /** The result as the method declares it, never with another value than the script's. */
    private static @Nullable Object fitting(@Nullable Object result, Method method) {
        Class<?> type = method.getReturnType();
        if (type == void.class) return null;
        if (result == null && !type.isPrimitive()) return null;
        if (result instanceof Number number && type != Object.class && type != Number.class) {
            Object exact = exact(number, type);
            if (exact != null) return exact;
        } else if (type == boolean.class && result instanceof Boolean) return result;
        else if (type.isInstance(result)) return result;
        throw new IllegalStateException(
                "%s: expected a result of type %s, found %s"
                        .formatted(method.getName(), type.getSimpleName(), result));
    }

    private static @Nullable Object exact(Number number, Class<?> type) {
        if (type == double.class || type == Double.class) return number.doubleValue();
        if (type == float.class || type == Float.class) return number.floatValue();
        if (!(number instanceof Integer || number instanceof Long || number instanceof BigInteger))
            return type.isInstance(number) ? number : null;
        BigInteger integer = new BigInteger(number.toString());
        int bits = integer.bitLength();
        if ((type == int.class || type == Integer.class) && bits < Integer.SIZE)
            return integer.intValue();
        if ((type == long.class || type == Long.class) && bits < Long.SIZE)
            return integer.longValue();
        if ((type == short.class || type == Short.class) && bits < Short.SIZE)
            return integer.shortValue();
        if ((type == byte.class || type == Byte.class) && bits < Byte.SIZE)
            return integer.byteValue();
        return type == BigInteger.class ? integer : null;
    }
}

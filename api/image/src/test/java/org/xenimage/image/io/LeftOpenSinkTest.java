package org.xenimage.image.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A sink that is to stay open is the same sink in all but its close: a writer loses nothing by it. */
class LeftOpenSinkTest {
    @TempDir private Path folder;

    @Test
    void everyMethodOfASinkIsPassedOnButClose() throws ReflectiveOperationException {
        List<String> called = new ArrayList<>();
        ByteSink inner =
                (ByteSink)
                        Proxy.newProxyInstance(
                                ByteSink.class.getClassLoader(),
                                new Class<?>[] {ByteSink.class},
                                (_, method, _) -> {
                                    called.add(method.getName());
                                    return nothing(method.getReturnType());
                                });
        var open = new LeftOpenSink(inner);
        List<String> expected = new ArrayList<>();
        for (Method method : ByteSink.class.getMethods()) {
            if (Modifier.isStatic(method.getModifiers())) continue;
            if (!List.of("close", "leftOpen").contains(method.getName()))
                expected.add(method.getName());
            invoke(open, method);
        }
        assertFalse(expected.isEmpty());
        assertEquals(expected, called);
    }

    @Test
    void largeElementsOfAFileAreWrittenWhileTheCallerGoesOn() throws IOException {
        Path file = folder.resolve("out");
        MemorySegment bytes = MemorySegment.ofArray(new byte[1 << 20]);
        try (var sink = ChannelSink.create(file)) {
            try (ByteSink open = sink.leftOpen()) {
                PendingWrite pending = open.writeBehind(bytes);
                assertNotSame(PendingWrite.DONE, pending);
                pending.await();
                assertEquals(Optional.of(sink), open.channel());
            }
            sink.write(bytes); // still open
        }
        assertEquals(2L << 20, Files.size(file));
    }

    private static void invoke(ByteSink sink, Method method) throws ReflectiveOperationException {
        Object[] arguments = new Object[method.getParameterCount()];
        for (int i = 0; i < arguments.length; i++)
            arguments[i] = value(method.getParameterTypes()[i]);
        try {
            method.invoke(sink, arguments);
        } catch (InvocationTargetException e) {
            throw new AssertionError(method.toString(), e);
        }
    }

    private static Object value(Class<?> type) {
        if (type.isArray()) return Array.newInstance(type.getComponentType(), 0);
        if (type == MemorySegment.class) return MemorySegment.NULL;
        throw new AssertionError("an argument of type " + type);
    }

    private static Object nothing(Class<?> type) {
        if (type == long.class) return 0L;
        if (type == Optional.class) return Optional.empty();
        if (type == PendingWrite.class) return PendingWrite.DONE;
        return "";
    }
}

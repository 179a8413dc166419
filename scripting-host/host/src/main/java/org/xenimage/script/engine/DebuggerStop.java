package org.xenimage.script.engine;

/**
 * Whether the debugger holds a thread: at a breakpoint, or while it evaluates something there.
 *
 * <p>The inspector tells its clients, not the program that it is part of; so this looks for its frames on the stack of
 * the thread.
 */
final class DebuggerStop {
    private static final String INSPECTOR = "com.oracle.truffle.tools.chromeinspector.";
    private static final String HOLD = "onSuspend";

    private DebuggerStop() {}

    static boolean holds(Thread thread) {
        for (StackTraceElement frame : thread.getStackTrace())
            if (frame.getMethodName().equals(HOLD) && frame.getClassName().startsWith(INSPECTOR))
                return true;
        return false;
    }
}

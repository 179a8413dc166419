package org.xenimage.script.engine;

import com.oracle.truffle.api.ContextThreadLocal;
import com.oracle.truffle.api.exception.AbstractTruffleException;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.instrumentation.ExecutionEventNode;
import com.oracle.truffle.api.instrumentation.SourceSectionFilter;
import com.oracle.truffle.api.instrumentation.StandardTags;
import com.oracle.truffle.api.instrumentation.TruffleInstrument;

/**
 * Ends recursion in a script before the stack of the host ends.
 *
 * <p>Left to themselves both languages recurse until the JVM has no stack, wherever that happens to
 * be: also in the initialisation of a class of the engine, which then is unusable for every later
 * policy and image in this JVM. So calls are counted, and one too many is an error of the script,
 * which it may catch. What recurses within one builtin function, such as the printing of a deeply
 * nested list, is not counted; the stack is large enough for what memory limits allow.
 */
public final class CallDepth extends TruffleInstrument {
    /** The name by which the engine knows it. */
    static final String ID = "xenimage-call-depth";

    private final ContextThreadLocal<Depth> depth =
            locals.createContextThreadLocal((_, _) -> new Depth());

    /** Made by the engine. */
    public CallDepth() {}

    /** The calls that run now, of one context on one thread. */
    private static final class Depth {
        private int calls;
        private int most = Integer.MAX_VALUE;
    }

    /** Sets the limit, in the context and on the thread that runs. */
    public interface Limit {
        /**
         * Begins to count from nothing.
         *
         * @param most calls within calls
         */
        void begin(int most);
    }

    /** What a script sees. */
    static final class TooDeep extends AbstractTruffleException {
        private static final long serialVersionUID = 1L;

        TooDeep(int most) {
            super("recursed too deeply: more than " + most + " calls within calls");
        }
    }

    @Override
    protected void onCreate(Env env) {
        env.registerService(
                (Limit)
                        most -> {
                            Depth now = depth.get();
                            now.calls = 0;
                            now.most = most;
                        });
        env.getInstrumenter()
                .attachExecutionEventFactory(
                        SourceSectionFilter.newBuilder().tagIs(StandardTags.RootTag.class).build(),
                        _ -> new Counting(depth));
    }

    /** Counts the calls of one function. */
    private static final class Counting extends ExecutionEventNode {
        private final ContextThreadLocal<Depth> depth;

        Counting(ContextThreadLocal<Depth> depth) {
            this.depth = depth;
        }

        @Override
        protected void onEnter(VirtualFrame frame) {
            Depth now = depth.get();
            if (++now.calls > now.most) throw new TooDeep(now.most);
        }

        @Override
        protected void onReturnValue(VirtualFrame frame, Object result) {
            depth.get().calls--;
        }

        @Override
        protected void onReturnExceptional(VirtualFrame frame, Throwable exception) {
            depth.get().calls--;
        }

        @Override
        protected void onYield(VirtualFrame frame, Object value) {
            depth.get().calls--;
        }

        @Override
        protected void onResume(VirtualFrame frame) {
            depth.get().calls++;
        }
    }
}

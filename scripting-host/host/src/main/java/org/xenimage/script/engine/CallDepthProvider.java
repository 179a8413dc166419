package org.xenimage.script.engine;

import com.oracle.truffle.api.instrumentation.TruffleInstrument.Registration;
import com.oracle.truffle.api.instrumentation.provider.TruffleInstrumentProvider;

import org.graalvm.polyglot.SandboxPolicy;

import java.util.Collection;
import java.util.List;

/** Registers {@link CallDepth} with the engine. */
@Registration(
        id = CallDepth.ID,
        name = "Call depth",
        services = CallDepth.Limit.class,
        sandbox = SandboxPolicy.UNTRUSTED)
public final class CallDepthProvider extends TruffleInstrumentProvider {
    /** Made by the service loader. */
    public CallDepthProvider() {}

    @Override
    protected String getInstrumentClassName() {
        return CallDepth.class.getName();
    }

    @Override
    protected Object create() {
        return new CallDepth();
    }

    @Override
    protected Collection<String> getServicesClassNames() {
        return List.of(CallDepth.Limit.class.getName());
    }
}

package org.xenimage.script.engine;

import com.oracle.truffle.api.instrumentation.TruffleInstrument.Registration;
import com.oracle.truffle.api.instrumentation.provider.TruffleInstrumentProvider;

import org.graalvm.polyglot.SandboxPolicy;

import java.util.Collection;
import java.util.List;

/** Registers {@link LineCoverage} with the engine. */
@Registration(
        id = LineCoverage.ID,
        name = "Line coverage",
        services = LineCoverage.Recorder.class,
        sandbox = SandboxPolicy.UNTRUSTED)
public final class LineCoverageProvider extends TruffleInstrumentProvider {
    /** Made by the service loader. */
    public LineCoverageProvider() {}

    @Override
    protected String getInstrumentClassName() {
        return LineCoverage.class.getName();
    }

    @Override
    protected Object create() {
        return new LineCoverage();
    }

    @Override
    protected Collection<String> getServicesClassNames() {
        return List.of(LineCoverage.Recorder.class.getName());
    }
}

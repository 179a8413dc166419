/**
 * The scripting host: policies in JavaScript and Python over the image API.
 */
@org.jspecify.annotations.NullMarked
module org.xenimage.script {
    requires static org.jspecify;
    requires java.management;
    requires java.net.http;
    requires transitive java.scripting;
    requires jdk.management;
    requires org.graalvm.polyglot;
    requires org.graalvm.truffle;
    requires transitive com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.yaml;
    requires java.xml;
    requires transitive org.xenimage.image;
    requires org.xenimage.sample;
    requires transitive org.xenimage.tools;

    exports org.xenimage.script;
    exports org.xenimage.script.api;
    exports org.xenimage.script.edit;
    exports org.xenimage.script.explain;
    exports org.xenimage.script.jsr223;
    exports org.xenimage.script.policy;
    exports org.xenimage.script.set;
    exports org.xenimage.script.test;

    provides com.oracle.truffle.api.instrumentation.provider.TruffleInstrumentProvider with
            org.xenimage.script.engine.CallDepthProvider,
            org.xenimage.script.engine.LineCoverageProvider;
    provides javax.script.ScriptEngineFactory with
            org.xenimage.script.jsr223.JavaScriptEngineFactory,
            org.xenimage.script.jsr223.PythonEngineFactory;
}

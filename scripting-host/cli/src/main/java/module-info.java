/** The xenimage program: its commands, its launcher, its distribution. */
@org.jspecify.annotations.NullMarked
module org.xenimage.cli {
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.yaml;
    requires info.picocli;
    requires jdk.net;
    requires static org.jspecify;
    requires org.xenimage.console;
    requires org.xenimage.migrate;
    requires org.xenimage.pipeline;
    requires org.xenimage.sample;
    requires org.xenimage.script;
    requires org.xenimage.tools;

    opens org.xenimage.cli to
            info.picocli;
    opens org.xenimage.cli.agent to
            info.picocli;
    opens org.xenimage.cli.bulk to
            info.picocli;
    opens org.xenimage.cli.console to
            info.picocli;
    opens org.xenimage.cli.dump to
            info.picocli;
    opens org.xenimage.cli.extract to
            info.picocli;
    opens org.xenimage.cli.host to
            info.picocli;
    opens org.xenimage.cli.info to
            info.picocli;
    opens org.xenimage.cli.label to
            info.picocli;
    opens org.xenimage.cli.output to
            info.picocli;
    opens org.xenimage.cli.policy to
            info.picocli;
    opens org.xenimage.cli.rewrite to
            info.picocli;
    opens org.xenimage.cli.section to
            info.picocli;
    opens org.xenimage.cli.shell to
            info.picocli;
    opens org.xenimage.cli.toolstack to
            info.picocli;
}

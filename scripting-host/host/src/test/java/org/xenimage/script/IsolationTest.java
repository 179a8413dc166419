package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.section.SiteSection;
import org.xenimage.script.isolate.MessageKind;
import org.xenimage.script.isolate.PolicyChild;
import org.xenimage.script.isolate.SharedPages;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.Redaction;
import org.xenimage.script.policy.RunBudget;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A policy in a process of its own does what it does in the host's, and what becomes of its process is its failure. */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class IsolationTest {
    /** Every hook, every kind of edit, everything that a policy can say. */
    private static final String JAVASCRIPT =
            """
            print('loading');
            export function onBegin(ctx) {
              ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 24 });
              ctx.pages.scrub({ regex: 'nothing[0-9]+' });
              ctx.pages.replace({ text: 'absent', by: 'ABSENT' });
              ctx.onFailure((error) => ctx.log('undone: ' + error.message));
              console.error('begun'); ctx.log(ctx.image.name); ctx.warn('caf\\u00e9 \\ud800');
            }
            export function onConfig(config, ctx) {
              config.c_info.name = 'web-\\u20ac'; config.nics.push({ bridge: 'xenbr1' }); config.apiToken = 'hunter2';
            }
            export function onMetadata(meta, ctx) { meta['site.by'] = ctx.operator; }
            export function onRecord(record, ctx) {
              if (record.type === 'X86_CPUID_POLICY') record.setFeature('avx2', false);
              if (record.type === 'HVM_PARAMS') record.insertAfter('0x80000077', 'beside');
            }
            export function onPages(batch, ctx) {
              batch.page(1).setU64(8, 0x1122334455667788n); batch.zero({ pfnFrom: 0x104, pfnTo: 0x105 });
            }
            export function onSection(section, ctx) {
              section.text = section.text.replaceAll('hunter2', '*'); section.type = 'text/x-log';
              ctx.addSection('example.copy', section.type, section.bytes);
            }
            export function onEnd(summary, ctx) { ctx.log(JSON.stringify(summary)); }
            """;

    private static final String PYTHON =
            """
            print('loading')
            def on_begin(ctx):
                ctx.pages.scrub(text='SECRET-API-TOKEN=', length=24)
                ctx.on_failure(lambda error: ctx.log('undone: ' + error['message']))
                ctx.log(ctx.image.name); ctx.warn('caf\\u00e9')
            def on_config(config, ctx):
                config['c_info']['name'] = 'web-\\u20ac'; config['nics'].append({'bridge': 'xenbr1'})
            def on_metadata(meta, ctx): meta['site.by'] = ctx.operator
            def on_record(record, ctx):
                if record.type == 'X86_CPUID_POLICY': record.set_feature('avx2', False)
            def on_pages(batch, ctx): batch.page(1).set_u64(8, 0x1122334455667788)
            def on_section(section, ctx):
                ctx.add_section('example.copy', section.type, section.bytes)
                section.drop()
            def on_end(summary, ctx): ctx.log(str(sorted(summary.items())))
            """;

    /** What came of a run. */
    private record Result(
            ByteBuffer image,
            List<SiteSection> sections,
            List<String> log,
            List<String> said,
            String failure) {}

    private static Result run(Isolation isolation, boolean restartable, Policy... policies)
            throws IOException {
        List<String> log = new ArrayList<>();
        List<String> said = new ArrayList<>();
        HostOptions options =
                SampleRuns.host()
                        .options()
                        .withIsolation(isolation)
                        .withSpeech((_, name, channel, text) -> said.add(name + channel + text));
        try (PolicyHost host = PolicyHost.open(options);
                PolicyRun run =
                        host.run(
                                List.of(policies),
                                SampleRuns.CONTEXT.withRestartable(restartable),
                                DecisionLog.to(log::add))) {
            try {
                byte[] made = PolicyTestImage.rewrite(SampleRuns.sample(), run);
                return new Result(
                        ByteBuffer.wrap(made),
                        run.sections().apply(List.of(SectionedImage.LOG)),
                        log,
                        said,
                        "");
            } catch (ImageException failure) {
                run.fail(failure);
                return new Result(
                        ByteBuffer.allocate(0),
                        List.of(),
                        log,
                        said,
                        String.valueOf(failure.getMessage()));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyHookDoesTheSameInAProcessOfItsOwn(Language language) throws IOException {
        Policy tested = SampleRuns.policy(language, SampleRuns.pick(language, JAVASCRIPT, PYTHON));
        Result here = run(Isolation.NONE, false, tested);
        Result isolated = run(Isolation.ALL, false, tested);
        assertEquals("", isolated.failure());
        assertEquals(here.log(), isolated.log());
        assertEquals(here.said(), isolated.said());
        assertEquals(here.image(), isolated.image());
        assertEquals(here.sections(), isolated.sections());
        assertEquals("example.copy", here.sections().getLast().name());
        assertFalse(String.join("\n", isolated.log()).contains("hunter2"));
    }

    @ParameterizedTest
    @EnumSource
    void failuresAndVetoesSayTheSame(Language language) throws IOException {
        for (String body :
                language == Language.JAVASCRIPT
                        ? List.of(
                                "export function onBegin(ctx) { ctx.onFailure(() => ctx.log('x')); ctx.veto('no'); }",
                                "export function onConfig(config, ctx) {\n  config.nics.x.y = 1;\n}",
                                "export function onBegin( {",
                                "export function onRecord(record) { if (record.type === 'END') record.drop(); }",
                                "export function onRecord(record) { record.nothing; }\n"
                                        + "export function onFailure(error, ctx) { ctx.log(error.kind); }")
                        : List.of("def on_config(config, ctx):\n    config['nics'].x\n")) {
            Policy tested = SampleRuns.policy(language, body);
            Result here = run(Isolation.NONE, false, tested);
            Result isolated = run(Isolation.ALL, false, tested);
            assertFalse(here.failure().isEmpty(), body);
            assertEquals(here.failure(), isolated.failure());
            assertEquals(here.log(), isolated.log());
        }
    }

    @Test
    void aSkippedPolicyIsSkippedWhereverItRuns() throws IOException {
        Policy tested =
                SampleRuns.policy(
                        Language.JAVASCRIPT,
                        ", onError: 'skip'",
                        """
                        export function onPages(batch) { batch.page(0).setU64(0, 1n); throw new Error('late'); }
                        """);
        Result here = run(Isolation.NONE, false, tested);
        Result isolated = run(Isolation.ALL, false, tested);
        assertEquals(ByteBuffer.wrap(SampleRuns.sample()), isolated.image());
        assertEquals(here.log(), isolated.log());
    }

    @Test
    void onlyTheNamedPolicyIsIsolatedAndTheOthersGoOnBesideIt() throws IOException {
        Policy isolated =
                SampleRuns.host()
                        .parse(
                                "apart.js",
                                Language.JAVASCRIPT,
                                "export const policy = { api: 1, name: 'apart' };\n"
                                        + "export function onConfig(config) { config.apart = 1; }");
        Policy here =
                SampleRuns.policy(
                        Language.JAVASCRIPT,
                        "export function onConfig(config, ctx) { ctx.log('seen ' + config.apart); }");
        Result ran = run(Isolation.only(java.util.Set.of("apart")), false, isolated, here);
        assertTrue(String.join("\n", ran.log()).contains("seen 1"), ran.log().toString());
    }

    /** Each ends the process in another way while the host waits for it. */
    @Test
    void aProcessThatDiesIsThePolicysFailureAndNothingIsLeft() throws Exception {
        Policy tested =
                SampleRuns.policy(
                        Language.JAVASCRIPT,
                        "export function onConfig(config, ctx) { ctx.log('here'); for (;;) {} }");
        List<Long> killed = new ArrayList<>();
        HostOptions options =
                SampleRuns.host()
                        .options()
                        .withIsolation(Isolation.ALL)
                        .withSpeech((_, _, _, _) ->
                                ProcessHandle.current()
                                        .children()
                                        .forEach(child -> {
                                            killed.add(child.pid());
                                            child.destroyForcibly();
                                        }));
        try (PolicyHost host = PolicyHost.open(options);
                PolicyRun run = host.run(List.of(tested), SampleRuns.CONTEXT, DecisionLog.none())) {
            PolicyFailed failure =
                    assertThrows(
                            PolicyFailed.class,
                            () -> PolicyTestImage.rewrite(SampleRuns.sample(), run));
            assertTrue(
                    String.valueOf(failure.getMessage())
                            .contains(
                                    "onConfig, config at 0x34: lost its process, which was ended by signal 9"),
                    failure.getMessage());
        }
        assertFalse(killed.isEmpty());
        for (long pid : killed) ProcessHandle.of(pid).ifPresent(process -> process.onExit().join());
        try (Stream<Path> left = Files.list(Path.of("/dev/shm"))) {
            String own = "xenimage-%d-".formatted(ProcessHandle.current().pid());
            assertEquals(List.of(), left.filter(file -> file.toString().contains(own)).toList());
        }
    }

    /** A host that is killed takes nothing away any more: the process has done so before it is ready. */
    @Test
    void theProcessItselfTakesTheNameOfTheSharedMemoryAway() throws IOException {
        Policy tested = SampleRuns.policy(Language.JAVASCRIPT, "export function onConfig() {}");
        try (SharedPages pages = SharedPages.create();
                PolicyChild child = PolicyChild.start(PolicyProcess.class.getName(), 256)) {
            child.send(
                    StageMessages.open(
                            new StageMessages.Opening(
                                    tested,
                                    JsonNodeFactory.instance.objectNode(),
                                    SampleRuns.CONTEXT,
                                    Limits.DEFAULT,
                                    RunBudget.DEFAULT,
                                    false,
                                    Redaction.NONE,
                                    pages.name().toString())),
                    Duration.ofMinutes(2));
            assertEquals(MessageKind.READY, child.receive(Duration.ofMinutes(2)).kind());
            assertFalse(Files.exists(pages.name()));
        }
    }

    @Test
    void theGuardLooksAtWhatAnIsolatedPolicyMakes() throws IOException {
        Policy tested =
                SampleRuns.policy(
                        Language.JAVASCRIPT,
                        "export function onRecord(record) { if (record.type === 'HVM_PARAMS') record.drop(); }");
        Result here = run(Isolation.NONE, false, tested);
        Result isolated = run(Isolation.ALL, false, tested);
        assertEquals(here.failure(), isolated.failure());
        assertEquals(here.log(), isolated.log());
        assertEquals(here.image(), isolated.image());
    }

    @Test
    void aHeapThatIsTooSmallIsThePolicysFailure() throws IOException {
        Policy tested =
                SampleRuns.policy(
                        Language.JAVASCRIPT,
                        "const all = [];\nexport function onBegin() { for (;;) all.push(new Array(99999).fill(1)); }");
        Result ran = run(Isolation.ALL.withHeap(64), false, tested);
        assertTrue(
                ran.failure().contains("memory") || ran.failure().contains("its process"),
                ran.failure());
    }

    @Test
    void rejectionsKeepTheirKind() throws IOException {
        Policy tested =
                SampleRuns.policy(
                        Language.JAVASCRIPT, "export function onBegin(ctx) { ctx.veto('no'); }");
        HostOptions options = SampleRuns.host().options().withIsolation(Isolation.ALL);
        try (PolicyHost host = PolicyHost.open(options);
                PolicyRun run = host.run(List.of(tested), SampleRuns.CONTEXT, DecisionLog.none())) {
            assertThrows(
                    PolicyRejected.class, () -> PolicyTestImage.rewrite(SampleRuns.sample(), run));
        }
    }
}

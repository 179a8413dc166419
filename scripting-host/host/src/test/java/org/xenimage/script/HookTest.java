package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.pick;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;
import static org.xenimage.script.SampleRuns.sample;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.record.TscInfo;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What each hook is given and may do. */
class HookTest {
    private static TscInfo tsc(byte[] image) {
        return PolicyTestImage.look(
                image,
                "record X86_TSC_INFO",
                element -> (TscInfo) ((RecordFrame) element).decode());
    }

    @ParameterizedTest
    @EnumSource
    void policyThatReadsEverythingAndChangesNothingLeavesEveryByte(Language language)
            throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onBegin(ctx) { ctx.image.name; ctx.site; ctx.params; }
                                        export function onConfig(config, ctx) { JSON.stringify(Object.keys(config)); config.b_info.huge; }
                                        export function onMetadata(meta, ctx) { Object.keys(meta); }
                                        export function onRecord(record, ctx) { record.fields; record.bytes; record.type; record.layer; record.offset; record.length; record.optional; }
                                        export function onPages(batch, ctx) { batch.pfns; batch.types; batch.find({text: 'SECRET'}); batch.select({zero: true}); batch.page(0).u64(0); }
                                        export function onEnd(summary, ctx) {}
                                        """,
                                        """
                                        def on_begin(ctx): (ctx.image.name, ctx.site, ctx.params)
                                        def on_config(config, ctx): list(config), config["b_info"]["huge"]
                                        def on_metadata(meta, ctx): list(meta)
                                        def on_record(record, ctx): (record.fields, record.bytes, record.type, record.layer, record.offset, record.length, record.optional)
                                        def on_pages(batch, ctx): (batch.pfns, batch.types, batch.find(text="SECRET"), batch.select(zero=True), batch.page(0).u64(0))
                                        def on_end(summary, ctx): pass
                                        """)));
        assertArrayEquals(sample(), ran.image());
        assertEquals(0, ran.summary().edits());
    }

    @ParameterizedTest
    @EnumSource
    void onBeginSeesImageSiteParametersOperatorAndClock(Language language) throws IOException {
        var site = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
        site.putObject("bridges").put("xenbr0", "br7");
        SampleRuns.Ran ran =
                run(
                        SampleRuns.CONTEXT
                                .withSite(site)
                                .withParameters(Map.of("length", "64", "tested.flag", "true")),
                        policy(
                                language,
                                ", \"params\": {\"length\": 16, \"flag\": {\"default\": "
                                        + pick(language, "false", "False")
                                        + "}, \"text\": \"x\"}",
                                pick(
                                        language,
                                        """
                                        export function onBegin(ctx) {
                                          const i = ctx.image;
                                          ctx.log([ctx.operation, i.format, i.guest, i.xen, i.libxcVersion, i.pageSize, i.name, i.uuid,
                                            ctx.site.bridges.xenbr0, ctx.params.length + 1, ctx.params.flag === true, ctx.params.text, ctx.operator, ctx.now].join(' '));
                                        }
                                        """,
                                        """
                                        def on_begin(ctx):
                                            i = ctx.image
                                            ctx.log(' '.join(map(str, [ctx.operation, i.format, i.guest, i.xen, i.libxc_version, i.page_size, i.name, i.uuid,
                                                ctx.site["bridges"]["xenbr0"], ctx.params["length"] + 1, str(ctx.params["flag"] is True).lower(), ctx.params["text"], ctx.operator, ctx.now])))
                                        """)));
        String output =
                "rewrite xl hvm 4.17 3 4096 web-1 7f56e98f-5183-4ac5-84e4-9ef8757f0b68 br7 65 true "
                        + "x alice 2026-01-02T03:04:05Z";
        assertTrue(ran.logged().contains("\"log\":\"" + output + "\""), ran.logged());
    }

    @ParameterizedTest
    @EnumSource
    void onConfigEditsInPlaceAndKeepsTheSpellingOfTheRest(Language language) throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onConfig(config, ctx) {
                                          for (const nic of config.nics ?? []) nic.bridge = 'br7';
                                          config.b_info.huge += 1n;
                                          delete config.c_info.name;
                                          config.added = { list: [1, 'two', null, true, 2.5] };
                                        }
                                        """,
                                        """
                                        def on_config(config, ctx):
                                            for nic in config.get("nics", []): nic["bridge"] = "br7"
                                            config["b_info"]["huge"] += 1
                                            del config["c_info"]["name"]
                                            config["added"] = {"list": [1, "two", None, True, 2.5]}
                                        """)));
        assertEquals(
                "{\"c_info\":{\"type\":\"hvm\",\"uuid\":\"7F56E98F-5183-4ac5-84e4-9ef8757f0b68\"},"
                        + "\"b_info\":{\"max_memkb\":65536,\"huge\":9007199254740994,"
                        + "\"fraction\":0.10000000000000000555},"
                        + "\"nics\":[{\"bridge\":\"br7\"}],\"added\":{\"list\":[1,\"two\",null,true,2.5]}}",
                PolicyTestImage.config(ran.image()));
        assertEquals(4, ran.summary().edits());
    }

    @Test
    void bothLanguagesMakeTheSameBytes() throws IOException {
        byte[] js =
                run(policy(
                                Language.JAVASCRIPT,
                                """
                                export function onBegin(ctx) { ctx.pages.scrub({text: 'SECRET-', length: 64, fill: 0x2a}); }
                                export function onConfig(config, ctx) { config.c_info.name += '-é\\u{1F600}\\u0001"'; }
                                export function onMetadata(meta, ctx) { meta['site.owner'] = ctx.operator; }
                                export function onRecord(record, ctx) {
                                  if (record.type === 'X86_TSC_INFO') { record.fields.khz = 5; record.fields.nsec = 0xffffffffffffffffn; }
                                  if (record.type === 'X86_CPUID_POLICY') record.setFeature('avx2', false);
                                  if (record.type === 'HVM_CONTEXT') record.bytes[3] = 0xab;
                                }
                                export function onPages(batch, ctx) { batch.page(1).setU64(8, 0x8000000000000001n); }
                                """))
                        .image();
        byte[] python =
                run(policy(
                                Language.PYTHON,
                                """
                                def on_begin(ctx): ctx.pages.scrub(text="SECRET-", length=64, fill=0x2a)
                                def on_config(config, ctx): config["c_info"]["name"] += '-é\\U0001F600\\x01"'
                                def on_metadata(meta, ctx): meta["site.owner"] = ctx.operator
                                def on_record(record, ctx):
                                    if record.type == "X86_TSC_INFO":
                                        record.fields["khz"] = 5
                                        record.fields["nsec"] = 0xffffffffffffffff
                                    if record.type == "X86_CPUID_POLICY": record.set_feature("avx2", False)
                                    if record.type == "HVM_CONTEXT": record.bytes[3] = 0xab
                                def on_pages(batch, ctx): batch.page(1).set_u64(8, 0x8000000000000001)
                                """))
                        .image();
        assertArrayEquals(js, python);
        assertEquals(5, tsc(js).khz());
        assertEquals(-1L, tsc(js).nsec());
        assertFalse(new String(js, StandardCharsets.ISO_8859_1).contains("SECRET-"));
    }

    @ParameterizedTest
    @EnumSource
    void onMetadataSetsAndDeletesKeys(Language language) throws IOException {
        byte[] set =
                run(policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onMetadata(meta, ctx) { meta['site.a'] = 1; meta['site.b'] = [true]; }
                                        """,
                                        """
                                        def on_metadata(meta, ctx): meta.update({"site.a": 1, "site.b": [True]})
                                        """)))
                        .image();
        assertEquals(
                "{\"site.a\":1,\"site.b\":[true]}",
                PolicyTestImage.look(
                        set,
                        "site metadata",
                        element -> ((SiteMetadata) element).json().toString()));
    }

    @ParameterizedTest
    @EnumSource
    void wideFieldsAreExactWhateverTheirMagnitude(Language language) throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onRecord(record, ctx) {
                                          if (record.type === 'X86_TSC_INFO') ctx.log(`${typeof record.fields.nsec} ${record.fields.nsec} ${typeof record.fields.khz}`);
                                          if (record.type === 'HVM_PARAMS') ctx.log(`${typeof record.fields.param[0].index} ${record.fields.param[0].value}`);
                                        }
                                        """,
                                        """
                                        def on_record(record, ctx):
                                            if record.type == "X86_TSC_INFO": ctx.log(f"{type(record.fields['nsec']).__name__} {record.fields['nsec']} {type(record.fields['khz']).__name__}")
                                            if record.type == "HVM_PARAMS": ctx.log(f"{type(record.fields['param'][0]['index']).__name__} {record.fields['param'][0]['value']}")
                                        """)));
        assertTrue(
                ran.logged()
                        .contains(
                                pick(language, "bigint", "int")
                                        + " 18364758544493064720 "
                                        + pick(language, "number", "int")),
                ran.logged());
        assertTrue(ran.logged().contains(pick(language, "number", "int") + " 65279"), ran.logged());
    }

    @ParameterizedTest
    @EnumSource
    void onRecordDropsReplacesAndInserts(Language language) throws IOException {
        byte[] made =
                run(policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onRecord(record, ctx) {
                                          if (record.type === 'X86_TSC_INFO') record.drop();
                                          if (record.type === 'HVM_CONTEXT') {
                                            record.insertBefore('X86_TSC_INFO', {mode: 2, khz: 3, nsec: 4n, incarnation: 5, reserved: 0});
                                            record.insertAfter(0x80000001, new Uint8Array([1, 2, 3]));
                                          }
                                          if (record.type === 'X86_MSR_POLICY') record.replace('X86_MSR_POLICY', new Uint8Array(32));
                                        }
                                        """,
                                        """
                                        def on_record(record, ctx):
                                            if record.type == "X86_TSC_INFO": record.drop()
                                            if record.type == "HVM_CONTEXT":
                                                record.insert_before("X86_TSC_INFO", {"mode": 2, "khz": 3, "nsec": 4, "incarnation": 5, "reserved": 0})
                                                record.insert_after(0x80000001, bytes([1, 2, 3]))
                                            if record.type == "X86_MSR_POLICY": record.replace("X86_MSR_POLICY", bytes(32))
                                        """)))
                        .image();
        var labels = PolicyTestImage.labels(made);
        int context = labels.indexOf("record HVM_CONTEXT");
        assertEquals("record X86_TSC_INFO", labels.get(context - 1));
        assertEquals("record 0x80000001", labels.get(context + 1));
        assertEquals(1, labels.stream().filter("record X86_TSC_INFO"::equals).count());
        assertEquals(new TscInfo(2, 3, 4, 5, 0), tsc(made));
        assertEquals(
                32,
                (long)
                        PolicyTestImage.look(
                                made,
                                "record X86_MSR_POLICY",
                                e -> ((RecordFrame) e).bodyLength()));
    }

    @ParameterizedTest
    @EnumSource
    void assignedBytesTakeTheRecordsPlace(Language language) throws IOException {
        byte[] made =
                run(policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onRecord(record, ctx) { if (record.type === 'X86_MSR_POLICY') record.bytes = new Uint8Array(32).fill(9, 0, 1); }
                                        """,
                                        """
                                        def on_record(record, ctx):
                                            if record.type == "X86_MSR_POLICY": record.bytes = b"\\x09" + bytes(31)
                                        """)))
                        .image();
        assertEquals(
                "09" + "0".repeat(62),
                PolicyTestImage.look(
                        made,
                        "record X86_MSR_POLICY",
                        element ->
                                java.util.HexFormat.of()
                                        .formatHex(
                                                ((RecordFrame) element)
                                                        .body()
                                                        .toArray(
                                                                java.lang.foreign.ValueLayout
                                                                        .JAVA_BYTE))));
    }

    @ParameterizedTest
    @EnumSource
    void batchOperationsFindSelectScrubReplaceAndZero(Language language) throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onPages(batch, ctx) {
                                          ctx.log(JSON.stringify([batch.count, batch.pfns[0], batch.types[5], batch.find({text: 'SECRET-'}), batch.select({zero: true}),
                                            batch.select({contains: 'SECRET-'}), batch.select({types: 'L1TAB'}), batch.select({pfnFrom: 0x102, pfnTo: 0x104})]));
                                          ctx.log(`${batch.replace({text: 'hunter2', by: 'XXXXXXX', pfnTo: 0x101})} ${batch.scrub('SECRET-API')} ${batch.zero({pfnFrom: 0x106})}`);
                                        }
                                        """,
                                        """
                                        import_json = lambda v: repr(v).replace("'", '"').replace("True", "true")
                                        def on_pages(batch, ctx):
                                            ctx.log(import_json([batch.count, batch.pfns[0], batch.types[5], batch.find(text="SECRET-"), batch.select(zero=True),
                                                batch.select(contains="SECRET-"), batch.select(types="L1TAB"), batch.select(pfn_from=0x102, pfn_to=0x104)]).replace(" ", ""))
                                            ctx.log(f"{batch.replace(text='hunter2', by='XXXXXXX', pfn_to=0x101)} {batch.scrub('SECRET-API')} {batch.zero(pfn_from=0x106)}")
                                        """)));
        String found =
                "[8,256,\"L1TAB\",[{\"index\":0,\"pfn\":256,\"offset\":100},{\"index\":2,"
                        + "\"pfn\":258,\"offset\":100}],[3],[0,2],[5],[2,3]]";
        assertTrue(ran.logged().contains(found.replace("\"", "\\\"")), ran.logged());
        assertTrue(ran.logged().contains("\"log\":\"1 2 2\""), ran.logged());
        String text = new String(ran.image(), StandardCharsets.ISO_8859_1);
        assertTrue(text.contains("-TOKEN=XXXXXXX"));
        assertTrue(text.contains("-TOKEN=hunter2"));
        assertFalse(text.contains("SECRET"));
        assertEquals(5, ran.summary().policies().getFirst().pages());
    }

    @ParameterizedTest
    @EnumSource
    void pagesAreReadAndWrittenOneByOne(Language language) throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onPages(batch, ctx) {
                                          const page = batch.page(1);
                                          ctx.log([page.pfn, page.type, page.hasData, page.zero, page.u8(0), page.u16(0), page.u32(0), typeof page.u64(0), Array.from(page.bytes(0, 3))].join(' '));
                                          page.setU8(1, 255); page.setU16(2, 0x1234); page.setU32(4, 0xdeadbeef); page.setBytes(16, new Uint8Array([1, 2])); page.fill(20, 24, 7);
                                          ctx.log(page.u64(0).toString(16));
                                        }
                                        """,
                                        """
                                        def on_pages(batch, ctx):
                                            page = batch.page(1)
                                            ctx.log(' '.join([str(page.pfn), page.type, str(page.has_data).lower(), str(page.zero).lower(), str(page.u8(0)), str(page.u16(0)), str(page.u32(0)), type(page.u64(0)).__name__, ','.join(map(str, page.bytes(0, 3)))]))
                                            page.set_u8(1, 255); page.set_u16(2, 0x1234); page.set_u32(4, 0xdeadbeef); page.set_bytes(16, b"\\x01\\x02"); page.fill(20, 24, 7)
                                            ctx.log(f"{page.u64(0):x}")
                                        """)));
        assertTrue(
                ran.logged()
                        .contains(
                                "257 NOTAB true false 2 2 2 "
                                        + pick(language, "bigint", "int")
                                        + " 2,0,0"),
                ran.logged());
        assertTrue(ran.logged().contains("deadbeef1234ff02"), ran.logged());
        int b =
                PolicyTestImage.look(
                        ran.image(),
                        "record PAGE_DATA",
                        element -> {
                            var data = ((PageBatch) element).data();
                            return data.get(
                                            java.lang.foreign.ValueLayout.JAVA_BYTE,
                                            PageBatch.PAGE_SIZE + 20L)
                                    + data.get(
                                            java.lang.foreign.ValueLayout.JAVA_BYTE,
                                            PageBatch.PAGE_SIZE + 17L);
                        });
        assertEquals(9, b);
    }

    @Test
    void policyWithoutPageHookOrRuleNeverReadsPages() throws IOException {
        boolean[] edited = new boolean[1];
        try (PolicyRun run =
                SampleRuns.host()
                        .run(
                                java.util.List.of(
                                        policy(
                                                Language.JAVASCRIPT,
                                                "export function onConfig(config) { config.x = 1; }")),
                                SampleRuns.CONTEXT,
                                DecisionLog.none())) {
            PolicyTestImage.rewrite(
                    sample(),
                    run.transform()
                            .andThen((element, down) -> {
                                if (element instanceof PageBatch batch) edited[0] = batch.edited();
                                down.accept(element);
                            }));
        }
        assertFalse(edited[0]);
    }

    @ParameterizedTest
    @EnumSource
    void vetoEndsTheRunEvenIfThePolicyMayBeSkippedOrCatchesIt(Language language)
            throws IOException {
        Policy policy =
                policy(
                        language,
                        ", \"onError\": \"skip\"",
                        pick(
                                language,
                                """
                                export function onConfig(config, ctx) { try { ctx.veto('maintenance until nine'); } catch (e) {} }
                                """,
                                """
                                def on_config(config, ctx):
                                    try: ctx.veto("maintenance until nine")
                                    except BaseException: pass
                                """));
        var thrown = assertThrows(PolicyRejected.class, () -> run(policy));
        assertTrue(
                String.valueOf(thrown.getMessage()).contains("vetoed: maintenance until nine"),
                thrown.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void onFailureIsCalledForPoliciesThatBeganLastFirst(Language language) throws IOException {
        java.util.List<String> log = new java.util.ArrayList<>();
        Policy first =
                policy(
                        language,
                        pick(
                                language,
                                """
                                export function onBegin(ctx) {} export function onFailure(error, ctx) { ctx.log(`first ${error.kind}`); }
                                """,
                                """
                                def on_begin(ctx): pass
                                def on_failure(error, ctx): ctx.log(f"first {error['kind']}")
                                """));
        Policy second =
                policy(
                        language,
                        pick(
                                language,
                                """
                                export function onConfig(config, ctx) { throw new Error('boo'); } export function onFailure(error, ctx) { ctx.log('second'); }
                                """,
                                """
                                def on_config(config, ctx): raise ValueError("boo")
                                def on_failure(error, ctx): ctx.log("second")
                                """));
        try (PolicyRun run =
                SampleRuns.host()
                        .run(
                                java.util.List.of(first, second),
                                SampleRuns.CONTEXT,
                                DecisionLog.to(log::add))) {
            var failure =
                    assertThrows(
                            IOException.class,
                            () -> PolicyTestImage.rewrite(sample(), run.transform()));
            run.fail(failure);
        }
        String all = String.join("\n", log);
        assertTrue(
                all.indexOf("\"log\":\"second\"") < all.indexOf("\"log\":\"first PolicyFailed\""),
                all);
        assertTrue(all.contains("\"event\":\"failed\""), all);
    }

    @ParameterizedTest
    @EnumSource
    void laterPoliciesSeeWhatEarlierOnesMade(Language language) throws IOException {
        Policy rename =
                policy(
                        Language.JAVASCRIPT,
                        "export function onConfig(config) { config.c_info.name = 'other'; }");
        SampleRuns.Ran ran =
                run(
                        rename,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onConfig(config, ctx) { ctx.log(`${config.c_info.name} ${ctx.image.name}`); }
                                        """,
                                        """
                                        def on_config(config, ctx): ctx.log(f"{config['c_info']['name']} {ctx.image.name}")
                                        """)));
        assertTrue(ran.logged().contains("\"log\":\"other web-1\""), ran.logged());
    }

    @Test
    void numberTypeOfAFieldIsThatOfTheFieldAndNotOfItsValue() throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                Language.JAVASCRIPT,
                                """
                                export function onRecord(record, ctx) {
                                  if (record.type === 'HVM_PARAMS') {
                                    const [param] = record.fields.param;
                                    ctx.log(`param ${typeof param.index} ${typeof param.value} ${record.fields.param.filter((p) => p.index === 1).length}`);
                                  }
                                  if (record.type === 'X86_TSC_INFO') ctx.log(`tsc ${typeof record.fields.khz} ${typeof record.fields.nsec}`);
                                  if (record.type === 'X86_CPUID_POLICY') ctx.log(`cpuid ${typeof record.fields.leaves[0].leaf} ${typeof record.length}`);
                                }
                                export function onPages(batch, ctx) {
                                  const page = batch.page(0);
                                  ctx.log(`page ${typeof page.pfn} ${typeof page.u32(0)} ${typeof page.u64(0)} ${typeof page.crc32c} ${typeof batch.pfns[0]}`);
                                }
                                """));
        String log = ran.logged();
        org.junit.jupiter.api.Assertions.assertAll(
                () -> assertTrue(log.contains("param number bigint 1"), log),
                () -> assertTrue(log.contains("tsc number bigint"), log),
                () -> assertTrue(log.contains("cpuid number number"), log),
                () -> assertTrue(log.contains("page number number bigint number number"), log));
    }
}

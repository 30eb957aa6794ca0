/**
 * # Documentation lint: every public symbol documented, every type it names public too
 *
 * `deno doc --lint` also judges the declarations of npm packages that public types refer to, which are not ours to mend: only
 * findings in this project's own files count.
 *
 * @module
 */
const { stderr } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", "mod.ts"],
  env: { NO_COLOR: "1" },
  stdout: "null",
  stderr: "piped",
}).output();
const report = new TextDecoder().decode(stderr);
const findings = report.split(/\n(?=error\[)/).filter((finding) => finding.includes("error["));
const ours = findings.filter((finding) => !/-->\s.*node_modules/.test(finding));
if (findings.length === 0 && /error/i.test(report)) { // it failed before it could lint
  console.error(report);
  Deno.exit(1);
}
for (const finding of ours) console.error(finding.trimEnd() + "\n");
console.log(`Documentation: ${ours.length === 0 ? "nothing to mend" : `${ours.length} to mend`}`);
Deno.exit(ours.length === 0 ? 0 : 1);

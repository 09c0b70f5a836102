import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { importCrontab } from "../../../src/define/import-crontab.ts";
import { createTimetable } from "../../../src/schedule/timetable.ts";

const checkSchedule = (schedule: string[], timezone: string) => {
  try {
    createTimetable({ schedule, timezone, startAtMs: null, endAtMs: null });
    return [];
  } catch (err) {
    return [{ message: (err as Error).message }];
  }
};
const read = (text: string, system = false) => importCrontab(text, { system, timezone: "UTC", checkSchedule });
/** The only job of a text, without what every job has. */
const job = (text: string, system = false) => {
  const { jobs, errors } = read(text, system);
  expect(errors).toEqual([]);
  expect(jobs).toHaveLength(1);
  return jobs[0]!.document as { name: string; schedule: string; cmd: unknown } & Record<string, unknown>;
};
const names = (text: string) => read(text).jobs.map((each) => each.document.name);

describe("a line of a crontab", () => {
  it("becomes a job, with its line", () => {
    expect(read("\n0 3 * * *  find /tmp -delete  \n")).toEqual({
      jobs: [{ line: 2, document: { name: "find", schedule: "0 3 * * *", timezone: "UTC", cmd: "find /tmp -delete" } }],
      errors: [],
      warnings: [],
    });
  });
  it.each([
    ["*/5 * * * * x", "*/5 * * * *"],
    ["\t0\t3\t*\t*\t*\tx", "0 3 * * *"],
    ["0 0 * * 7 x", "0 0 * * 7"],
    ["0 0 * * 5-7 x", "0 0 * * 5-7"],
    ["0 9 * JAN-mar mon,Fri x", "0 9 * JAN-mar mon,Fri"],
    ["0-30/10,45 8-18/2 1,15 * * x", "0-30/10,45 8-18/2 1,15 * *"],
    ["0 0 1 * 1 x", "0 0 1 * 1"],
    ["@daily x", "@daily"],
    ["@Midnight x", "@midnight"],
    ["@ANNUALLY x", "@annually"],
    ["@every_minute x", "* * * * *"],
    ["@quarterly x", "0 0 1 1,4,7,10 *"],
  ])("%j is due at %s", (text, schedule) => {
    expect(job(text).schedule).toBe(schedule);
    expect(read(text).warnings).toEqual([]);
  });

  it("a day field that begins with * asks for both days, as in cron", () => {
    const both = read("0 0 */2 * MON x\n0 0 1 * */2 y");
    expect(both.jobs.map((each) => each.document.schedule)).toEqual(["0 0 */2 * +MON", "0 0 1 * +*/2"]);
    expect(both.errors).toEqual([]);
    expect(both.warnings.map((each) => each.line)).toEqual([1, 2]);
  });

  it("% ends the command and begins its input; \\% is a %", () => {
    expect(job("0 9 * * * mail -s 100\\% boss%Dear boss,%all is \\%well").cmd).toEqual({
      command: "mail -s 100% boss",
      stdin: "Dear boss,\nall is %well\n",
    });
    expect(job("0 9 * * * cat%").cmd).toEqual({ command: "cat", stdin: "\n" });
    expect(job("0 9 * * * date +\\%F").cmd).toBe("date +%F");
  });

  it("of the system's has a user", () => {
    expect(job("17 *\t* * *\troot    cd / && run-parts --report /etc/cron.hourly", true)).toMatchObject({
      name: "run-parts-cron.hourly",
      cmd: { command: "cd / && run-parts --report /etc/cron.hourly", user: "root" },
    });
    expect(job("@daily www-data x", true).cmd).toEqual({ command: "x", user: "www-data" });
    expect(read("0 0 * * * root:wheel x", true)).toMatchObject({
      jobs: [{ document: { cmd: { user: "root" } } }],
      warnings: [{ line: 1, message: expect.stringMatching(/groups of root/) }],
    });
  });

  it("that looks as if it had a user is pointed out", () => {
    expect(read("0 0 * * * root /usr/bin/x").warnings).toEqual([
      { line: 1, message: expect.stringMatching(/--system/) },
    ]);
  });

  it("may begin with -, as on SUSE", () => {
    const result = read("-*/15 * * * * root x", true);
    expect(result.jobs[0]?.document).toMatchObject({ schedule: "*/15 * * * *", cmd: { user: "root" } });
    expect(result.warnings).toEqual([{ line: 1, message: expect.stringMatching(/leading -/) }]);
  });

  it("@reboot is kept as a job that never runs by itself, with what to do", () => {
    const result = read("@reboot /usr/bin/start-it");
    expect(result.jobs[0]?.document).toMatchObject({ name: "start-it", schedule: "@manual" });
    expect(result.warnings).toEqual([{ line: 1, message: expect.stringMatching(/systemd unit/) }]);
  });

  it("run-parts and anacron get a hint", () => {
    const { warnings } = read("25 6 * * * test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )");
    expect(warnings.map((each) => each.message)).toEqual([
      expect.stringMatching(/scripts of \/etc\/cron.daily run one after the other/),
      expect.stringMatching(/misfire/),
    ]);
  });
});

describe("lines that make no job are errors", () => {
  it.each([
    ["0~30 * * * * x", /minute: 0~30 is a random time.*jitter/],
    ["0 0 * * *", /expected a command after the schedule/],
    ["0 0 * * * %input", /expected a command/],
    ["0 0 * *", /expected 5 fields/],
    ["hello world this is no crontab", /minute: expected a number.*got "hello"/],
    ["@dayly x", /expected one of @hourly.*got "@dayly"/],
    ["61 * * * * x", /schedule: .*61/],
    ["0 0 30 2 * x", /schedule: /],
    ["5/15 * * * * x", /schedule: .*5-59\/15/],
    ["SHELL=bash", /SHELL: expected an absolute path/],
    ["DISTCRON_SERVER=x", /set by DistCron itself/],
    ["RANDOM_DELAY=soon", /a number of minutes/],
    ["__proto__=x", /can't be the name/],
  ])("%s", (text, message) => {
    expect(read(text)).toEqual({
      jobs: [],
      errors: [{ line: 1, message: expect.stringMatching(message) }],
      warnings: [],
    });
  });
  it("of the system's too, without a command", () => {
    expect(read("0 0 * * * root", true).errors).toEqual([{ line: 1, message: expect.stringMatching(/a command/) }]);
  });
});

describe("settings hold for the lines after them", () => {
  it("variables, SHELL and HOME", () => {
    const text = [
      "0 1 * * * before",
      "SHELL = /bin/bash",
      'PATH="/usr/local/bin:/usr/bin"',
      "HOME=/srv/app",
      "EMPTY=",
      "0 2 * * * between",
      "PATH=/bin",
      "0 3 * * * after",
    ];
    const [before, between, after] = read(text.join("\n")).jobs.map((each) => each.document.cmd);
    expect(before).toBe("before");
    expect(between).toEqual({
      command: "between",
      shell: "/bin/bash",
      cwd: "/srv/app",
      env: { PATH: "/usr/local/bin:/usr/bin", HOME: "/srv/app", EMPTY: "" },
    });
    expect(after).toMatchObject({ env: { PATH: "/bin", HOME: "/srv/app" } });
  });
  it("CRON_TZ is the zone of the schedule, TZ the command's alone", () => {
    const result = read("0 1 * * * a\nCRON_TZ=Asia/Shanghai\nTZ=Europe/Paris\n0 2 * * * b");
    expect(result.jobs.map((each) => each.document.timezone)).toEqual(["UTC", "Asia/Shanghai"]);
    expect(result.jobs[1]?.document.cmd).toMatchObject({ env: { TZ: "Europe/Paris" } });
    expect(result.warnings).toEqual([{ line: 3, message: expect.stringMatching(/CRON_TZ/) }]);
  });
  it("an unknown zone is an error of the lines that it is for", () => {
    expect(read("CRON_TZ=Mars/Base\n0 2 * * * b").errors).toEqual([
      { line: 2, message: expect.stringMatching(/Mars/) },
    ]);
  });
  it("RANDOM_DELAY is jitter", () => {
    expect(job("RANDOM_DELAY=45\n0 2 * * * b").jitter).toBe("45m");
  });
  it.each([
    ["MAILTO=ops@example.com", /isn't mailed to ops@example.com.*notify/],
    ["MAILFROM=x", /left out/],
    ["LOGNAME=x", /left out/],
    ["START_HOURS_RANGE=3-22", /anacrontab/],
    ["PATH=$HOME/bin", /variables aren't filled in/],
  ])("%s is pointed out", (text, message) => {
    expect(read(text).warnings).toEqual([{ line: 1, message: expect.stringMatching(message) }]);
    expect(read(text).errors).toEqual([]);
  });
  it("an empty MAILTO asks for what is so anyway", () => expect(read("MAILTO=\nMAILTO=''").warnings).toEqual([]));
});

it("without a zone one warning says which is meant", () => {
  const { jobs, warnings } = importCrontab("0 1 * * * a\n0 2 * * * b\n", { system: false });
  expect(jobs.map((each) => each.document.timezone)).toEqual([undefined, undefined]);
  expect(warnings).toEqual([{ line: 1, message: expect.stringMatching(/--timezone/) }]);
});

describe("comments right above a job describe it", () => {
  it("and none further away, nor rules, nor jobs out of use", () => {
    const text = [
      "# of the whole file",
      "",
      "# Clean up",
      "#  every night",
      "# -----------",
      "# 0 4 * * * old-command",
      "0 3 * * * clean",
      "0 4 * * * next",
    ].join("\n");
    expect(read(text).jobs.map((each) => each.document.description)).toEqual(["Clean up\n every night", undefined]);
  });
  it("nor what crontab -e writes at the top of a new file", () => {
    expect(
      job("# Edit this file to introduce tasks\n#\n# m h  dom mon dow   command\n0 3 * * * x").description,
    ).toBeUndefined();
  });
  it("nor the drawing of /etc/crontab", () => {
    const text =
      "# .---- minute (0 - 59)\n# |  .-- hour (0 - 23)\n# *  *  *  *  * user-name  command to be executed\n0 3 * * * root x";
    expect(job(text, true).description).toBeUndefined();
  });
});

describe("names", () => {
  it.each([
    ["/usr/local/bin/backup.sh --full", "backup"],
    ["cd /srv/app && /usr/bin/php artisan schedule:run >> /dev/null 2>&1", "artisan"],
    ["flock -n /tmp/l nice -n 10 /opt/bin/sync_data.py arg", "sync_data"],
    ["FOO=bar /usr/bin/env python3 -u /opt/Report.py", "report"],
    ["sudo -u postgres pg_dump x", "pg_dump"],
    ["timeout -k 5 60 curl https://example.com", "curl"],
    ["test -x /usr/bin/certbot && certbot renew", "certbot"],
    ["[ -d /run/systemd/system ] || if true; then x; fi", "x"],
    ['bash -c "echo hi"', "bash"],
    ["java -jar /opt/app.jar", "app"],
    ["清理", "job"],
    ["'/opt/my tool/run.sh' x", "run"],
  ])("%s is %s", (command, name) => expect(names(`0 0 * * * ${command}`)).toEqual([name]));

  it("are unique, and a line put in between doesn't rename those after it", () => {
    const first = names("0 1 * * * backup a\n0 2 * * * backup b\n0 3 * * * backup b");
    expect(new Set(first).size).toBe(3);
    expect(first[0]).toBe("backup");
    const later = names("0 1 * * * backup a\n0 9 * * * backup new\n5 2 * * * backup b\n0 3 * * * backup b");
    expect([later[0], later[2], later[3]]).toEqual(first);
  });
});

it("nothing is dropped: every line that is no comment leaves a job, an error, a warning or a setting", () => {
  const piece = fc.constantFrom(
    "0",
    "*",
    "*/5",
    "@daily",
    "@reboot",
    "A=b",
    "MAILTO=x",
    "root",
    "x",
    "%",
    "\\%",
    "-",
    "~",
    "1-5",
    "#",
    "mon",
    "'",
    '"',
    "=",
    "\t",
  );
  const line = fc.oneof(
    fc.array(piece, { maxLength: 9 }).map((all) => all.join(" ")),
    fc.string(),
    fc.array(piece, { minLength: 1, maxLength: 3 }).map((all) => `0 3 * * * ${all.join(" ")}`),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.boolean(), (lines, system) => {
      const text = lines.join("\n");
      const { jobs, errors, warnings } = importCrontab(text, { system, timezone: "UTC" });
      const heard = new Set([...jobs, ...errors, ...warnings].map((each) => each.line));
      for (const [i, source] of text.split(/\r?\n/).entries()) {
        const trimmed = source.trim();
        if (trimmed === "" || trimmed.startsWith("#") || /^("[^"]*"|'[^']*'|\w+)\s*=/.test(trimmed)) continue;
        expect(heard).toContain(i + 1);
      }
      const all = jobs.map((each) => each.document.name);
      expect(new Set(all).size).toBe(all.length);
    }),
    { numRuns: 1500 },
  );
});

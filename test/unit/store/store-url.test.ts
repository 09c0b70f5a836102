// What a store's URL says, and what is said of one that can't be used.
import { describe, expect, it } from "vitest";
import { mysqlWords, postgresWords, readStoreUrl } from "../../../src/store/sql/store-url.ts";

const postgres = (url: string) => readStoreUrl(url, postgresWords);

describe("a store's URL", () => {
  it("is taken apart, with what was written as %XX as it was meant", () => {
    expect(postgres("postgres://cron%40corp:p%2Fw%25@db.example.com:6432/dist%20cron")).toMatchObject({
      host: "db.example.com",
      port: 6432,
      user: "cron@corp",
      password: "p/w%",
      database: "dist cron",
      tls: null,
      socket: null,
    });
    expect(postgres("postgresql://cron@[::1]/d")).toMatchObject({ host: "::1", port: 5432, password: undefined });
    expect(readStoreUrl("mariadb://cron@db/d", mysqlWords)).toMatchObject({ port: 3306 });
  });

  it("is shown without the password", () => {
    expect(postgres("postgres://cron:hidden@db/d?sslmode=require").shown).toBe("postgres://cron@db:5432/d");
  });

  it("may name a socket", () => {
    const { socket, tls, shown } = postgres("postgres://cron@localhost/d?host=/run/postgresql");
    expect({ socket, tls, shown }).toEqual({
      socket: "/run/postgresql",
      tls: null,
      shown: "postgres://cron@/run/postgresql/d",
    });
    const file = readStoreUrl("mysql://cron@localhost/d?socket=/run/mysqld/mysqld.sock", mysqlWords);
    expect(file.socket).toBe("/run/mysqld/mysqld.sock");
  });

  it("says how TLS is asked for, in MySQL's words or in libpq's", () => {
    expect(postgres("postgres://cron@db/d?sslmode=verify-full").tls?.mode).toBe("verify-full");
    expect(readStoreUrl("mysql://cron@db/d?ssl-mode=VERIFY_IDENTITY", mysqlWords).tls?.mode).toBe("verify-full");
    expect(readStoreUrl("mysql://cron@db/d?sslmode=require", mysqlWords).tls?.mode).toBe("require");
    // Who names an authority wants it to be asked.
    expect(postgres("postgres://cron@db/d?sslmode=require&sslrootcert=/etc/hostname").tls?.mode).toBe("verify-ca");
  });

  it("is refused in words, which never hold the password", () => {
    const refused: [string, RegExp][] = [
      ["postgres://cron:hid/den@db/d", /can't be read.*%XX/],
      ["mysql://cron:hidden@db/d", /expected postgres:/],
      ["postgres://cron:hidden@db/", /names no database/],
      ["postgres://db/d", /names no user/],
      ["postgres://cron:hidden%@db/d", /%25/],
      ["postgres://cron:hidden@db/d?sslmod=require", /unknown "sslmod".*sslmode/],
      ["postgres://cron:hidden@db/d?sslmode=prefer", /sslmode=prefer.*verify-full/],
    ];
    for (const [url, words] of refused) {
      expect(() => postgres(url)).toThrow(words);
      expect(() => postgres(url)).not.toThrow(/hid/);
    }
  });
});

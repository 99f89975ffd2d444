import type { ReactElement, ReactNode } from "react";

/** The page's name, one line of totals, its actions. On a phone the bar carries the name. */
export function PageHead({ title, total, children }: { title: string; total?: ReactNode; children?: ReactNode }): ReactElement {
  return (
    <div className="cf-head">
      <h1>{title}</h1>
      {total && <span className="cf-total cf-num">{total}</span>}
      {children && <div className="cf-actions">{children}</div>}
    </div>
  );
}

import { Switch } from "@mantine/core";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { SearchField } from "../../components/collection/Toolbar";
import { Empty } from "../../components/Empty";
import { Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text/appliance";
import { EditableValue } from "./EditableValue";
import classes from "./SettingsPage.module.css";
import { byArea, type Setting, shownValue } from "./settingValue";

/** What the control plane runs with, by area; what needs no restart is edited in place. */
export function SettingsTable({ settings }: { settings: Setting[] }) {
  const [search, setSearch] = useState("");
  const [onlyChanged, setOnlyChanged] = useState(false);
  const words = search.trim().toLowerCase();
  const shown = settings.filter(
    (setting) =>
      (!onlyChanged || setting.origin !== "default") &&
      [setting.name, setting.title, setting.help, setting.area, shownValue(setting)].some((word) =>
        word.toLowerCase().includes(words),
      ),
  );
  return (
    <>
      <Panel title={text.settings.configuration}>
        <p className={`quiet ${classes.help}`}>{text.settings.configurationHelp}</p>
        <div className={classes.filters}>
          <SearchField value={search} onChange={setSearch} placeholder={text.settings.search} />
          <Switch
            size="xs"
            label={text.settings.onlyChanged}
            checked={onlyChanged}
            onChange={(event) => setOnlyChanged(event.currentTarget.checked)}
          />
        </div>
        {shown.length === 0 && <Empty>{text.common.noMatchesText}</Empty>}
      </Panel>
      {byArea(shown).map(([area, some]) => (
        <Panel key={area} title={area} flush>
          <ul className={classes.settings}>
            {some.map((setting) => (
              <Row key={setting.name} setting={setting} />
            ))}
          </ul>
        </Panel>
      ))}
    </>
  );
}

function Row({ setting }: { setting: Setting }) {
  const mayWrite = useAccess().everywhere("settings:write");
  const isFixed = !["default", "database"].includes(setting.origin);
  return (
    <li>
      <div>
        <div className={classes.title}>{setting.title}</div>
        <div className={`quiet ${classes.help}`}>
          <span className="mono">{setting.name}</span> · {setting.help}
        </div>
      </div>
      <div className={classes.value}>
        {setting.changeable && mayWrite && !isFixed ? (
          <EditableValue setting={setting} />
        ) : (
          <span className={setting.value === "" ? "quiet" : undefined}>{shownValue(setting)}</span>
        )}
      </div>
      <div>
        <Source setting={setting} isFixed={isFixed} />
      </div>
    </li>
  );
}

function Source({ setting, isFixed }: { setting: Setting; isFixed: boolean }) {
  return (
    <>
      <div>{text.settings.origins[setting.origin]}</div>
      {isFixed && <div className="mono quiet">{setting.source}</div>}
      {setting.changed_at && setting.changed_by && (
        <div className={`quiet ${classes.help}`}>
          {text.settings.changedBy(setting.changed_by)} <When at={setting.changed_at} />
        </div>
      )}
      {setting.origin !== "default" && (
        <div className={`quiet ${classes.help}`}>
          {text.settings.defaultIs(shownValue(setting, setting.default))}
        </div>
      )}
      {isFixed && setting.changeable && (
        <div className={`quiet ${classes.help}`}>{text.settings.fixedThere}</div>
      )}
      {!setting.changeable && <div className={`quiet ${classes.help}`}>{text.settings.needsRestart}</div>}
    </>
  );
}

import { FilterBar } from '../ui/filter-bar.tsx';
import { SelectFilter } from '../ui/select-filter.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import type { KindView } from './kinds.ts';

const YES_NO = { true: 'Yes', false: 'No' };
const NUMBER_WIDTH = 110;

interface RecordFiltersProps {
  view: KindView;
  values: Readonly<Record<string, string>>;
  /** What the API says against a filter, by its name. */
  problems: Readonly<Record<string, string>>;
  onSet: (name: string, value: string) => void;
  onClear: () => void;
}

/** Search and filters of a list of records. */
export function RecordFilters({ view, values, problems, onSet, onClear }: RecordFiltersProps) {
  const { filters, plural, searched } = view;
  return (
    <FilterBar
      label={`Filter ${plural}`}
      isFiltered={Object.keys(values).length > 0}
      onClear={onClear}
      moreSet={filters.filter(({ name }) => name in values).length}
      more={filters.map(({ name, title, type }) =>
        type === 'boolean' ? (
          <SelectFilter
            key={name}
            label={title}
            value={values[name] ?? ''}
            options={YES_NO}
            onChange={(value) => {
              onSet(name, value);
            }}
          />
        ) : (
          <TextFilter
            key={name}
            label={title}
            value={values[name] ?? ''}
            problem={problems[name]}
            width={type === 'text' ? 180 : NUMBER_WIDTH}
            inputMode={type === 'decimal' ? 'decimal' : type === 'integer' ? 'numeric' : 'text'}
            onChange={(value) => {
              onSet(name, value);
            }}
          />
        ),
      )}
    >
      <TextFilter
        label="Search"
        placeholder={searched}
        value={values.q ?? ''}
        problem={problems.q}
        onChange={(value) => {
          onSet('q', value);
        }}
      />
    </FilterBar>
  );
}
